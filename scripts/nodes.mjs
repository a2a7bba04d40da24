// Brings other Node versions, each from the npm registry's package node-linux-<arch>: the binary and its headers.
// They live outside the repository, so that every clone and every CI run on a machine shares one copy.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const cache = join(process.env['GREENROOM_CACHE'] || join(homedir(), '.cache', 'greenroom'), 'nodes');

/**
 * A version that is on disk afterwards: where it is, its binary and its ABI number, which the binary itself tells.
 * `emulator` is the command that runs binaries of a foreign `arch`.
 */
export function ensureNode(version, { arch = process.arch, emulator = [] } = {}) {
  const platform = `linux-${arch}`;
  const dir = join(cache, platform, version);
  if (!existsSync(dir)) download(version, platform, dir, emulator);
  const abi = askAbi(version, dir, emulator);
  return { version, dir, bin: join(dir, 'bin'), node: join(dir, 'bin', 'node'), abi };
}

/** Unpacks beside the target and renames, so that a copy is there whole or not at all. */
function download(version, platform, dir, emulator) {
  console.log(`downloading Node ${version} for ${platform}`);
  mkdirSync(dirname(dir), { recursive: true });
  const temp = mkdtempSync(join(dirname(dir), 'download-'));
  try {
    const spec = `node-${platform}@${version}`;
    execFileSync('npm', ['pack', spec, '--loglevel=error', '--pack-destination', temp], {
      cwd: temp,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const tarball = readdirSync(temp).find((name) => name.endsWith('.tgz'));
    execFileSync('tar', ['-xzf', join(temp, tarball), '-C', temp]);
    askAbi(version, join(temp, 'package'), emulator);
    renameSync(join(temp, 'package'), dir);
  } catch (error) {
    if (!existsSync(dir)) throw error; // another process was faster, which is as good
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

function askAbi(version, dir, emulator) {
  if (!existsSync(join(dir, 'include/node/node_api.h'))) throw new Error(`${dir} has no headers: delete it`);
  const script = 'console.log(process.versions.node, process.versions.modules)';
  const [command, ...args] = [...emulator, join(dir, 'bin/node'), '-e', script];
  const [found, abi] = execFileSync(command, args, { encoding: 'utf8' }).trim().split(' ');
  if (found !== version) throw new Error(`${dir} holds Node ${found}: delete it`);
  return abi;
}
