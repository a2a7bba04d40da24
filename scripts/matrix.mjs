// npm run test:matrix [-- --node 24 --switch id --build-only] [vitest filters]
//
// Runs the whole test suite on every Node version of node-versions.json, each with every kind of context switch,
// against a binary compiled for that version. Goes on after a failure; the last line is `N passed, N failed`.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureNode } from './nodes.mjs';
import { prebuild, withoutNpm } from './prebuild.mjs';

const SWITCH_KINDS = ['id', 'tls', 'thread'];
const RUN_TIMEOUT_MS = 6 * 60_000; // 12 runs stay under CI's 90 minutes even if all of them hang

const root = fileURLToPath(new URL('..', import.meta.url));
const { versions, kinds, buildOnly, filters } = readArguments();

if (!buildOnly) execFileSync('npm', ['run', '-s', 'build:dev'], { cwd: root, stdio: 'inherit' });
const reports = mkdtempSync(join(tmpdir(), 'greenroom-matrix-'));
process.once('exit', () => rmSync(reports, { recursive: true, force: true }));
const rows = [];
for (const version of versions) {
  const node = prepare(version);
  if (buildOnly || !node) continue;
  for (const kind of kinds) {
    console.log(`\n== Node ${version}, switch ${kind}`);
    rows.push({ node: version, switch: kind, ...(await runTests(node, kind)) });
  }
}
summarise();

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      node: { type: 'string', multiple: true },
      switch: { type: 'string', multiple: true, default: SWITCH_KINDS },
      'build-only': { type: 'boolean', default: false },
    },
  });
  const known = JSON.parse(readFileSync(join(root, 'scripts/node-versions.json'), 'utf8'));
  const wanted = values.node ?? known;
  const chosen = known.filter((version) => wanted.some((want) => `${version}.`.startsWith(`${want}.`)));
  if (chosen.length < wanted.length) throw new Error(`--node must be one of ${known.join(', ')} or a prefix of one`);
  const wrong = values.switch.find((kind) => !SWITCH_KINDS.includes(kind));
  if (wrong) throw new Error(`--switch must be one of ${SWITCH_KINDS.join(', ')}, not ${wrong}`);
  return { versions: chosen, kinds: values.switch, buildOnly: values['build-only'], filters: positionals };
}

/** Node and the addon for it; or undefined, with a row that says so, because the other versions can still run. */
function prepare(version) {
  try {
    const node = ensureNode(version);
    prebuild(node);
    return node;
  } catch (error) {
    console.error(error);
    rows.push({ node: version, switch: '-', passed: 0, failed: 1, skipped: 0, seconds: 0, note: 'did not build' });
    return undefined;
  }
}

async function runTests({ version, bin, node }, kind) {
  const report = join(reports, `${version}-${kind}.json`);
  const startedAtMs = performance.now();
  const ended = await runVitest(
    node,
    ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`, ...filters],
    {
      ...withoutNpm(process.env),
      PATH: `${bin}${delimiter}${process.env['PATH']}`, // for tests that spawn `node` by name
      PREBUILDS_ONLY: '1', // node-gyp-build then passes over build/Release, which is for another Node
      GREENROOM_SWITCH: kind,
      GREENROOM_PROPERTY_RUNS: process.env['GREENROOM_PROPERTY_RUNS'] ?? '1000', // twelve times; `npm test` runs 10,000
    },
  );
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  const counts = readCounts(report);
  const ok = ended === 0 && counts.failed === 0;
  // A crash can leave no report, or one without a failed test: it still counts as one failure.
  const failed = ok ? 0 : Math.max(1, counts.failed);
  return { ...counts, failed, seconds, note: ok ? '' : `ended with ${ended}` };
}

/** Resolves to the exit code, or the signal's name. A run that hangs is killed with everything it has started. */
function runVitest(node, args, env) {
  return new Promise((resolve) => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const options = { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'], detached: true };
    const child = spawn(node, [vitest, 'run', ...args], options);
    const killGroup = () => process.kill(-child.pid, 'SIGKILL');
    const interrupt = () => {
      killGroup();
      process.exit(130);
    };
    const timer = setTimeout(killGroup, RUN_TIMEOUT_MS);
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    child.once('error', (error) => finish(error.message));
    child.once('exit', (code, signal) => finish(code ?? signal));

    function finish(result) {
      clearTimeout(timer);
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      resolve(result);
    }
  });
}

function readCounts(report) {
  try {
    const json = JSON.parse(readFileSync(report, 'utf8'));
    return { passed: json.numPassedTests, failed: json.numFailedTests, skipped: json.numPendingTests };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

function summarise() {
  console.log();
  if (rows.length > 0) console.table(rows);
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  if (sum('failed') > 0) process.exitCode = 1;
  if (!buildOnly || rows.length > 0) console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
}
