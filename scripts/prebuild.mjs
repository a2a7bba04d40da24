// Compiles the addon for one Node version into prebuilds/, named as node-gyp-build looks it up.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');

/** Does nothing if the binary in prebuilds/ came from the same sources and the same Node. */
export function prebuild({ version, dir, node, abi }) {
  const folder = join(root, 'prebuilds', `linux-${process.arch}`);
  // The ABI tag keeps other Node versions from loading it; the libc tag is there for musl to have a name of its own.
  const binary = join(folder, `node.abi${abi}.glibc.node`);
  const stamp = join(folder, `node.abi${abi}.glibc.sha256`);
  const hash = hashSources(version);
  if (existsSync(binary) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;

  console.log(`compiling for Node ${version} (ABI ${abi})`);
  // In a copy, because node-gyp would clean build/, which holds the binary of the machine's own Node.
  const scratch = mkdtempSync(join(tmpdir(), 'greenroom-prebuild-'));
  try {
    for (const name of ['binding.gyp', 'package.json', 'native']) {
      cpSync(join(root, name), join(scratch, name), { recursive: true });
    }
    const args = [nodeGyp, 'rebuild', '--release', '--jobs=max', '--loglevel=warn', `--nodedir=${dir}`];
    execFileSync(node, args, { cwd: scratch, env: withoutNpm(process.env), stdio: ['ignore', 'ignore', 'inherit'] });
    mkdirSync(folder, { recursive: true });
    rmSync(stamp, { force: true });
    // Unlinked first: overwriting a file that a process has mapped would crash that process.
    rmSync(binary, { force: true });
    copyFileSync(join(scratch, 'build/Release/greenroom.node'), binary);
    writeFileSync(stamp, hash);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The environment without what npm adds: node-gyp would prefer npm's `nodedir`, the wrong headers, to our flag. */
export function withoutNpm(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^npm_/i.test(name)));
}

function hashSources(version) {
  const hash = createHash('sha256').update(version);
  const names = readdirSync(join(root, 'native'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const name of [...names.sort(), join(root, 'binding.gyp')]) {
    hash.update(`\0${name.slice(root.length)}\0`).update(readFileSync(name));
  }
  return hash.digest('hex');
}
