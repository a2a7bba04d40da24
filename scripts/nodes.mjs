// Brings other Node versions, each from the npm registry's package node-linux-<arch>: the binary and its headers.
// They live outside the repository, so that every clone and every CI run on a machine shares one copy.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const platform = `linux-${process.arch}`;
const cache = join(process.env['GREENROOM_CACHE'] || join(homedir(), '.cache', 'greenroom'), 'nodes', platform);

/** A version that is on disk afterwards: where it is, its binary and its ABI number, which the binary itself tells. */
export function ensureNode(version) {
  const dir = join(cache, version);
  if (!existsSync(dir)) download(version, dir);
  return { version, dir, bin: join(dir, 'bin'), node: join(dir, 'bin', 'node'), abi: askAbi(version, dir) };
}

/** Unpacks beside the target and renames, so that a copy is there whole or not at all. */
function download(version, dir) {
  console.log(`downloading Node ${version}`);
  mkdirSync(cache, { recursive: true });
  const temp = mkdtempSync(join(cache, 'download-'));
  try {
    const spec = `node-${platform}@${version}`;
    execFileSync('npm', ['pack', spec, '--loglevel=error', '--pack-destination', temp], {
      cwd: temp,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const tarball = readdirSync(temp).find((name) => name.endsWith('.tgz'));
    execFileSync('tar', ['-xzf', join(temp, tarball), '-C', temp]);
    askAbi(version, join(temp, 'package'));
    renameSync(join(temp, 'package'), dir);
  } catch (error) {
    if (!existsSync(dir)) throw error; // another process was faster, which is as good
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

function askAbi(version, dir) {
  if (!existsSync(join(dir, 'include/node/node_api.h'))) throw new Error(`${dir} has no headers: delete it`);
  const script = 'console.log(process.versions.node, process.versions.modules)';
  const [found, abi] = execFileSync(join(dir, 'bin/node'), ['-e', script], { encoding: 'utf8' }).trim().split(' ');
  if (found !== version) throw new Error(`${dir} holds Node ${found}: delete it`);
  return abi;
}
