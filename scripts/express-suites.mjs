// Runs Express's own test suites, unmodified, four times: plain, with every request and layer in a context of a pool, and
// with a wait before every layer: `npm run test:express -- --source <git directory or clone of expressjs/express>`.
// Nothing of Express's sources is kept: they are unpacked, and their test tools installed, in a temporary folder.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const PRELOAD = pathToFileURL(fileURLToPath(new URL('express-preload.mjs', import.meta.url))).href;
const MODES = ['plain', 'context', 'setImmediate', 'microtask'];
const HOW = `Give a clone of Express: git clone https://github.com/expressjs/express /tmp/express
  npm run test:express -- --source /tmp/express [--tag v5.2.1 --tag v4.22.2] [--workers 100] [--mode context …]`;

const { values } = parseArgs({
  options: {
    source: { type: 'string' },
    tag: { type: 'string', multiple: true, default: ['v5.2.1', 'v4.22.2'] },
    mode: { type: 'string', multiple: true, default: MODES },
    workers: { type: 'string', default: '100' },
  },
});
if (values.source === undefined || !existsSync(values.source)) {
  console.error(HOW);
  process.exit(2);
}

let broken = false;
console.log(`Node ${process.version}, pool of ${values.workers}`);
for (const tag of values.tag) {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-express-'));
  try {
    unpack(tag, folder);
    for (const mode of values.mode) report(tag, mode, run(folder, mode));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exitCode = broken ? 1 : 0;

function unpack(tag, folder) {
  const archive = execFileSync('git', ['-C', values.source, 'archive', tag], { maxBuffer: 2 ** 28 });
  execFileSync('tar', ['x', '-C', folder], { input: archive });
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], { cwd: folder });
}

function run(folder, mode) {
  const counts = join(folder, `counts-${mode}.json`);
  const env = { ...process.env, NODE_ENV: 'test', NO_DEPRECATION: 'body-parser,express' };
  Object.assign(env, { GREENROOM_MODE: mode, GREENROOM_COUNTS: counts, GREENROOM_WORKERS: values.workers });
  const mocha = [
    'node_modules/mocha/bin/_mocha',
    '--require',
    'test/support/env',
    '--check-leaks',
    '--reporter',
    'json',
  ];
  const preload = mode === 'plain' ? [] : ['--import', PRELOAD];
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...preload, ...mocha, '--exit', 'test/', 'test/acceptance/'],
    {
      cwd: folder,
      env,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    },
  );
  const from = stdout.search(/^\{\s+"stats"/m);
  if (from === -1) throw new Error(`No result in mode ${mode}: ${stderr.slice(-2000)}`);
  const result = JSON.parse(stdout.slice(from, stdout.lastIndexOf('}') + 1));
  return { ...result, counts: existsSync(counts) ? JSON.parse(readFileSync(counts, 'utf8')) : null };
}

function report(tag, mode, { stats, failures, counts }) {
  const inPool = counts === null ? '' : ` | ${JSON.stringify(counts)}`;
  console.log(`${tag} ${mode}: ${stats.passes} pass, ${stats.failures} fail, ${stats.pending} pending${inPool}`);
  for (const { fullTitle, err } of failures) console.log(`  ${fullTitle}: ${(err.message ?? '').split('\n')[0]}`);
  if (mode === 'plain' || mode === 'context') broken ||= stats.failures > 0;
  if (counts !== null) broken ||= counts.active > 0;
}
