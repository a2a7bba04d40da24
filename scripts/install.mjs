// npm's `install` script: makes sure that a native binary is there, from prebuilds/ if one loads, else by compiling.
//
// Plain JavaScript with no dependency of its own, because it runs on users' machines before anything is built.
// node-gyp is not a dependency of the package: npm, pnpm and yarn each bring one, and a package that finds its prebuilt
// binary needs none. Only this repository, where it must be a known version, has it as a dev dependency.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
// The published package has no tsconfig.json. In a checkout the sources may be newer than whatever prebuilds/ holds.
const isCheckout = existsSync(join(root, 'tsconfig.json'));

process.exitCode = install();

function install() {
  if (process.platform === 'win32') {
    console.warn('greenroom: Windows is not supported. It can be imported, but the first use will throw.');
    return 0;
  }
  const fromSource = isCheckout || process.env['npm_config_build_from_source'] === 'true';
  if (!fromSource && prebuiltLoads()) return 0;

  const missing = missingTools();
  if (missing.length === 0) return build();
  if (fromSource && prebuiltLoads()) {
    console.warn(`greenroom: using the prebuilt binary, as ${missing.join(', ')} could not be run.`);
    return 0;
  }
  const remedy =
    process.platform === 'darwin'
      ? 'Install the Xcode Command Line Tools: xcode-select --install'
      : 'Install them with: apt-get install -y python3 make g++ (or the like on other systems)';
  console.error(
    `greenroom: no prebuilt binary fits Node ${process.version} on ${process.platform}-${process.arch}, ` +
      `and it cannot be compiled, because these are missing: ${missing.join(', ')}.\n${remedy}`,
  );
  return 1;
}

/** Loads it in a process of its own: a binary for another C library or processor may crash instead of throwing. */
function prebuiltLoads() {
  const script = "require('node-gyp-build')(process.cwd())";
  const env = { ...process.env, PREBUILDS_ONLY: '1' };
  return spawnSync(process.execPath, ['-e', script], { cwd: root, env, stdio: 'ignore' }).status === 0;
}

/** Runs each tool instead of looking for it: on macOS `make` exists, and fails, without the Command Line Tools. */
function missingTools() {
  const { env } = process;
  const tools = {
    python3: [env['NODE_GYP_FORCE_PYTHON'], env['npm_config_python'], env['PYTHON'], 'python3', 'python'],
    make: [env['MAKE'], 'make', 'gmake'],
    'g++': [env['CXX']?.split(' ')[0], 'g++', 'c++', 'clang++'],
  };
  const runs = (command) => command && spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
  return Object.keys(tools).filter((name) => !tools[name].some(runs));
}

function build() {
  const headers = findHeaders();
  const args = ['rebuild', '--release', '--jobs=max', '--loglevel=warn', ...(headers ? [`--nodedir=${headers}`] : [])];
  const env = { ...process.env };
  // node-gyp lets this variable win over the flag. Without either it downloads the headers itself.
  delete env['npm_config_nodedir'];

  const nodeGyp = findNodeGyp();
  const [command, ...first] = nodeGyp ? [process.execPath, nodeGyp] : ['node-gyp'];
  const { status, error } = spawnSync(command, [...first, ...args], { cwd: root, env, stdio: 'inherit' });
  if (error)
    console.error(`greenroom: could not start node-gyp (${error.message}). Install it: npm install -g node-gyp`);
  return status ?? 1;
}

/** The headers npm is configured with (`nodedir`), else those beside the running node: the first of the same ABI. */
function findHeaders() {
  const candidates = [process.env['npm_config_nodedir'], dirname(dirname(process.execPath))];
  return candidates.find((dir) => dir && abiOfHeaders(dir) === process.versions.modules);
}

function abiOfHeaders(dir) {
  // An installation has them in include/node; a source tree, which `nodedir` may also name, in src.
  const file = ['include/node', 'src'].map((sub) => join(dir, sub, 'node_version.h')).find((path) => existsSync(path));
  return file && /define NODE_MODULE_VERSION (\d+)/.exec(readFileSync(file, 'utf8'))?.[1];
}

/** The path of node-gyp's entry file, or undefined to take what is on PATH (pnpm and yarn put theirs there). */
function findNodeGyp() {
  if (isCheckout) return createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  return process.env['npm_config_node_gyp']; // set by npm: the one bundled with it
}
