// Runs tests with some Node and some kind of context switch, and counts what came of it.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withoutNpm } from './prebuild.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * A row for summarise(). `node` is what ensureNode() returns, `filters` choose the tests (all, if none), `exclude` leaves
 * some out, `env` is added to the environment. A run that hangs is killed after `timeLimitMs`.
 */
export async function runTests(node, kind, { filters = [], exclude = [], env = {}, timeLimitMs }) {
  const reports = mkdtempSync(join(tmpdir(), 'greenroom-tests-'));
  const report = join(reports, 'report.json');
  const startedAtMs = performance.now();
  const args = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  args.push(...exclude.map((pattern) => `--exclude=${pattern}`), ...filters);
  const environment = {
    ...withoutNpm(process.env),
    PATH: `${node.bin}${delimiter}${process.env['PATH']}`, // for tests that spawn `node` by name
    PREBUILDS_ONLY: '1', // node-gyp-build then passes over build/Release, which is for another Node
    GREENROOM_SWITCH: kind,
    ...env,
  };
  const ended = await runVitest(node.node, args, environment, timeLimitMs);
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  const counts = readCounts(report);
  rmSync(reports, { recursive: true, force: true });
  const ok = ended === 0 && counts.failed === 0;
  // A crash can leave no report, or one without a failed test: it still counts as one failure.
  const failed = ok ? 0 : Math.max(1, counts.failed);
  return { node: node.version, switch: kind, ...counts, failed, seconds, note: ok ? '' : `ended with ${ended}` };
}

/** Prints the rows, and `N passed, N failed` as the last line; sets the exit code. */
export function summarise(rows) {
  console.log();
  if (rows.length > 0) console.table(rows);
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  if (sum('failed') > 0) process.exitCode = 1;
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
}

/** Resolves to the exit code, or the signal's name. A run that hangs is killed with everything it has started. */
function runVitest(node, args, env, timeLimitMs) {
  return new Promise((resolve) => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const options = { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'], detached: true };
    const child = spawn(node, [vitest, 'run', ...args], options);
    const killGroup = () => process.kill(-child.pid, 'SIGKILL');
    const interrupt = () => {
      killGroup();
      process.exit(130);
    };
    const timer = setTimeout(killGroup, timeLimitMs);
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
