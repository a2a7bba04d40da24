// npm run test:fastify-suite [-- --source <directory> --work <directory> --only route.1]
//
// Runs Fastify's own unit tests, which its npm package contains, three times: as they are, with every route of every
// instance green, and with a suspension before every handler too. Prints what differs; docs/fastify-suite.md says why.
// Nothing of Fastify is kept here: its package is copied to a temporary directory, and gets its dependencies from npm.

import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const MODES = ['plain', 'green', 'wait'];
const TITLES = { plain: 'as they are', green: 'every route green', wait: 'and a wait before every handler' };
const TEST_TIMEOUT_MS = 30_000; // of a test, and of a file
const root = fileURLToPath(new URL('..', import.meta.url));
const preload = new URL('./fastify-suite-preload.mjs', import.meta.url).href;
const reporter = new URL('./fastify-suite-reporter.mjs', import.meta.url).href;

const { values } = parseArgs({
  options: {
    source: { type: 'string', default: join(root, 'node_modules/fastify') },
    work: { type: 'string' },
    only: { type: 'string', default: '' },
  },
});
const work = values.work ?? mkdtempSync(join(tmpdir(), 'greenroom-fastify-'));
prepare();
const files = readdirSync(join(work, 'test'), { recursive: true })
  .filter((file) => /\.test\.m?js$/.test(file) && file.includes(values.only))
  .map((file) => join(work, 'test', file));
const outcomes = {};
for (const mode of MODES) outcomes[mode] = await run(mode);
report();
if (values.work === undefined) rmSync(work, { recursive: true });

function prepare() {
  if (existsSync(join(work, 'node_modules'))) return;
  cpSync(values.source, work, { recursive: true, filter: (path) => relative(values.source, path) !== 'node_modules' });
  const args = ['install', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund', '--no-package-lock'];
  execFileSync('npm', args, { cwd: work, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Resolves to the outcome of every test, by file and name. */
async function run(mode) {
  const env = { ...process.env, GREENROOM_SUITE_MODE: mode, GREENROOM_SUITE_FASTIFY: join(work, 'package.json') };
  if (mode !== 'plain') env['NODE_OPTIONS'] = `--import ${preload}`;
  const args = [
    '--test',
    '--test-concurrency=2',
    `--test-timeout=${TEST_TIMEOUT_MS}`,
    `--test-reporter=${reporter}`,
    ...files,
  ];
  const child = spawn(process.execPath, args, { cwd: work, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const found = new Map();
  for await (const line of createInterface({ input: child.stdout })) {
    const { file, name, outcome, why } = JSON.parse(line);
    const key = `${relative(work, file)}: ${name}`;
    let unique = key;
    for (let count = 2; found.has(unique); count++) unique = `${key} #${count}`;
    found.set(unique, { outcome, why });
  }
  return found;
}

function report() {
  const table = MODES.map((mode) => {
    const all = [...outcomes[mode].values()];
    const count = (outcome) => all.filter((test) => test.outcome === outcome).length;
    return { tests: TITLES[mode], passed: count('pass'), failed: count('fail'), skipped: count('skip') };
  });
  console.table(table);
  for (const mode of MODES) {
    console.log(`\nFailed, ${TITLES[mode]}${mode === 'plain' ? '' : ', and not as they are'}:`);
    for (const [test, { outcome, why }] of outcomes[mode]) {
      if (outcome !== 'fail' || (mode !== 'plain' && outcomes.plain.get(test)?.outcome === 'fail')) continue;
      console.log(`  ${test}\n    ${why?.split('\n', 1)[0]}`);
    }
  }
  for (const mode of MODES.slice(1)) {
    const missing = [...outcomes.plain.keys()].filter((test) => !outcomes[mode].has(test));
    if (missing.length > 0) console.log(`\nNot run, ${TITLES[mode]}:\n  ${missing.join('\n  ')}`);
  }
}
