// `npm run bench:patch`: blocking calls of Node and of unmodified packages, 20 contexts at once, with and without
// greenroom/patch: how long all take, and how long the event loop stands still at most. In about three minutes.
//
//   npm run bench:patch -- --only execa,fs-extra --contexts 20 --runs 3 --json-only
//
// Progress goes to stderr, the table (or, with --json-only, the JSON) to stdout, and the JSON to bench/results/. Every
// measurement is made in a process of its own. A result other than the expected one ends the run.

import { parseArgs } from 'node:util';

import { Child } from './http/child.ts';
import { describeMachine } from './http/machine.ts';
import { positiveInteger } from './http/positive-integer.ts';
import { saveReport } from './http/save-report.ts';
import { versionOf } from './http-client/report.ts';
import { type Mode, selectCases } from './patch/cases.ts';
import type { Measurement } from './patch/child.ts';
import { formatTable, type Report, type Result } from './patch/report.ts';

const CHILD_URL = new URL('./patch/child.js', import.meta.url);

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    contexts: { type: 'string', default: '20' },
    runs: { type: 'string', default: '1' },
    'json-only': { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  const contexts = positiveInteger('contexts', values.contexts);
  const runs = positiveInteger('runs', values.runs);
  const cases = selectCases(values.only);
  const machine = describeMachine(); // first: the load average must be the one before us
  const results: Result[] = [];
  for (const each of cases) {
    const measured = new Map<Mode, Measurement[]>(each.modes.map((mode) => [mode, []]));
    for (let at = 0; at < runs; at++) {
      for (const [mode, list] of measured) {
        process.stderr.write(`${each.name}, ${mode}, run ${at + 1} of ${runs}\n`);
        list.push(await measure(each.name, mode, contexts));
      }
    }
    const version = each.package === undefined ? null : versionOf(each.package);
    results.push({ case: each, version, rows: [...measured].map(([mode, list]) => ({ mode, runs: list })) });
  }
  const report: Report = { ...machine, options: { contexts, runs }, results };
  const file = saveReport('patch', report);
  process.stdout.write(values['json-only'] ? `${JSON.stringify(report)}\n` : formatTable(report));
  process.stderr.write(`${file}\n`);
}

async function measure(name: string, mode: Mode, contexts: number): Promise<Measurement> {
  const args = [name, mode, String(contexts)];
  const { child, ready } = await Child.start<never, never, Measurement>(CHILD_URL, args);
  await child.close();
  return ready;
}

await main();
