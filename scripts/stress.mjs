// npm run test:stress [-- --quick --node 24 --switch id --flags=--stress-compaction]
//
// Runs the tests that suspend the most under each of V8's flags that collect garbage, or optimise, at the worst moments:
// on every Node version, with every kind of context switch. With --quick each flag runs once, every one on another
// combination: for CI. Goes on after a failure; the last line is `N passed, N failed`.

import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runTests, summarise } from './run-tests.mjs';
import { prepareNode, readTargets, TARGET_OPTIONS } from './targets.mjs';

const FLAGS = [
  '--stress-compaction',
  '--gc-interval=500',
  '--stress-scavenge=50',
  '--stress-incremental-marking',
  '--single-threaded-gc',
  '--always-turbofan', // V8 14 (Node 26) has it no more
];
// test/native/gc-stress.test.ts sets flags of its own, always.
const TESTS = [
  'test/pool/',
  'test/bridge/',
  'test/sync/',
  'test/std/fs/files',
  'test/std/net/',
  'test/faults/',
  'test/property/',
  'test/middleware/',
  'test/http-client/bodies/',
  'test/http-client/call/async-local-storage',
  'test/http-client/call/cancellation',
  'test/http-client/call/streams',
  'test/http-client/exchange',
  'test/http-client/hostile',
  'test/http-client/responses/',
  'test/native/async-context',
  'test/native/builtin-callbacks',
  'test/native/discard',
  'test/native/nesting',
];
// A page and its stream of frames, megabytes each: collected at every step they take minutes, and show nothing new.
const TOO_SLOW = ['test/middleware/status.test.ts'];
const PROPERTY_RUNS = '500';
const RUN_TIMEOUT_MS = 8 * 60_000;

const { values } = parseArgs({
  options: {
    ...TARGET_OPTIONS,
    flags: { type: 'string', multiple: true, default: FLAGS },
    quick: { type: 'boolean', default: false },
  },
});
const { versions, kinds } = readTargets(values);

const root = fileURLToPath(new URL('..', import.meta.url));
execFileSync('npm', ['run', '-s', 'build:dev'], { cwd: root, stdio: 'inherit' });
const rows = [];
const nodes = versions.map((version) => prepareNode(version, rows)).filter((node) => node !== undefined);
const all = nodes.flatMap((node) => kinds.flatMap((kind) => values.flags.map((flag) => ({ node, kind, flag }))));
for (const { node, kind, flag } of values.quick ? each(values.flags) : all.filter(isSupported)) {
  console.log(`\n== Node ${node.version}, switch ${kind}, ${flag}`);
  const env = { GREENROOM_TEST_FLAGS: flag, GREENROOM_PROPERTY_RUNS: PROPERTY_RUNS };
  const row = await runTests(node, kind, { filters: TESTS, exclude: TOO_SLOW, env, timeLimitMs: RUN_TIMEOUT_MS });
  rows.push({ flag, ...row });
}
summarise(rows);

/** Each flag once, on versions and kinds in turn. */
function each(flags) {
  return flags.map((flag, index) => {
    const able = nodes.filter((node) => isSupported({ node, flag }));
    return { node: able[index % able.length], kind: kinds[index % kinds.length], flag };
  });
}

function isSupported({ node, flag }) {
  return spawnSync(node.node, [flag, '-e', '0']).status === 0;
}
