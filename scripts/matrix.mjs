// npm run test:matrix [-- --node 24 --switch id --build-only] [vitest filters]
//
// Runs the test suite on every Node version of node-versions.json, against a binary compiled for that version: with the
// first kind of context switch all of it but ONCE_IS_ENOUGH, with each further kind without ONCE_PER_NODE as well. Goes on
// after a failure; the last line is `N passed, N failed`.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runTests, summarise } from './run-tests.mjs';
import { prepareNode, readTargets, TARGET_OPTIONS } from './targets.mjs';

const RUN_TIMEOUT_MS = 7 * 60_000; // 12 runs stay under CI's 90 minutes even if all of them hang
const PROPERTY_RUNS = '1000'; // twelve times; `npm test` runs 10,000
const LOAD_REQUESTS = '2000'; // as above: 10,000

const ONCE_IS_ENOUGH = ['test/browser/**']; // what runs in a browser is the same on every Node; `npm test` has them
// Of parsers, policies, sockets and documents, with one suspension like any other: the same with every kind of switch.
const ONCE_PER_NODE = [
  'test/http-client/*.test.ts',
  ...[
    'auth',
    'cookies',
    'decoding',
    'pagination',
    'pulsar',
    'redirects',
    'retries',
    'sse',
    'transport',
    'websocket',
  ].map((folder) => `test/http-client/${folder}/**`),
  'test/*.test.ts', // of documents, exports and options
  'test/std/*/parity.test.ts',
  'test/patch/packages.test.ts',
];

const { values, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: { ...TARGET_OPTIONS, 'build-only': { type: 'boolean', default: false } },
});
const { versions, kinds } = readTargets(values);
const buildOnly = values['build-only'];

if (!buildOnly) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  execFileSync('npm', ['run', '-s', 'build:dev'], { cwd: root, stdio: 'inherit' });
}
const rows = [];
for (const version of versions) {
  const node = prepareNode(version, rows);
  if (buildOnly || !node) continue;
  for (const kind of kinds) {
    console.log(`\n== Node ${version}, switch ${kind}`);
    const env = { GREENROOM_PROPERTY_RUNS: PROPERTY_RUNS, GREENROOM_LOAD_REQUESTS: LOAD_REQUESTS };
    const exclude = kind === kinds[0] ? ONCE_IS_ENOUGH : [...ONCE_IS_ENOUGH, ...ONCE_PER_NODE];
    rows.push(await runTests(node, kind, { filters, env, exclude, timeLimitMs: RUN_TIMEOUT_MS }));
  }
}
if (!buildOnly || rows.length > 0) summarise(rows);
