// npm run test:arm64
//
// Runs test/fixtures/arm64-check.mjs on arm64 builds of every Node version, with every kind of switch, under user-mode
// emulation. Needs Debian's qemu-user-static and g++-aarch64-linux-gnu. The last line is `N passed, N failed`.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureNode } from './nodes.mjs';

const EMULATOR = ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu'];
const COMPILER = 'aarch64-linux-gnu-g++';
const STRESS = ['--expose-gc', '--stress-scavenge=50'];
const RUN_TIMEOUT_MS = 3 * 60_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'prebuilds/linux-arm64');
const versions = JSON.parse(readFileSync(join(root, 'scripts/node-versions.json'), 'utf8'));

for (const [command, debianPackage] of [
  [EMULATOR[0], 'qemu-user-static'],
  [COMPILER, 'g++-aarch64-linux-gnu'],
]) {
  if (spawnSync(command, ['--version']).status === 0) continue;
  console.error(`${command} is missing: apt-get install -y ${debianPackage}`);
  console.log('0 passed, 1 failed');
  process.exit(1);
}

execFileSync('npm', ['run', '-s', 'build:ts'], { cwd: root, stdio: 'inherit' });
let passed = 0;
let failed = 0;
for (const version of versions) {
  const { dir, node, abi } = ensureNode(version, { arch: 'arm64', emulator: EMULATOR });
  compile(dir, abi);
  for (const kind of ['id', 'tls', 'thread']) {
    const checks = runChecks(node, kind);
    passed += checks;
    if (checks === 0) failed++;
    console.log(`Node ${version} on arm64, switch ${kind}: ${checks === 0 ? 'FAILED' : `${checks} passed`}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

function compile(dir, abi) {
  const sources = ['native/*.cpp', 'native/switch.S'];
  const standard = Number(abi) >= 137 ? 'gnu++20' : 'gnu++17'; // as the common.gypi of that Node says
  const binary = join(folder, `node.abi${abi}.glibc.node`);
  mkdirSync(folder, { recursive: true });
  rmSync(binary, { force: true });
  const flags = `-shared -fPIC -O2 -std=${standard} -fno-rtti -fno-exceptions -DNODE_GYP_MODULE_NAME=greenroom -pthread`;
  const command = `${COMPILER} ${flags} -I'${join(dir, 'include/node')}' ${sources.join(' ')} -o '${binary}'`;
  execFileSync('sh', ['-c', command], { cwd: root, stdio: 'inherit' });
}

/** How many checks passed; 0 if any failed or the process crashed. */
function runChecks(node, kind) {
  const [command, ...first] = [...EMULATOR, node, ...STRESS, 'test/fixtures/arm64-check.mjs'];
  const { status, signal, stdout, stderr, error } = spawnSync(command, first, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, GREENROOM_SWITCH: kind, PREBUILDS_ONLY: '1' },
    timeout: RUN_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const count = /^(\d+) passed$/m.exec(stdout ?? '')?.[1];
  if (status === 0 && count !== undefined) return Number(count);
  console.error(`ended with ${status ?? signal ?? error?.message}\n${stdout}${stderr}`);
  return 0;
}
