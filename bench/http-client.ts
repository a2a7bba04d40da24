// `npm run bench:http-client`: one GET of JSON with greenroom's client and with others, side by side, in about nine minutes.
//
//   npm run bench:http-client -- --only small-50 --variants green,promise --batches 8 --rounds 6 --slice-ms 250 --json-only
//
// Progress goes to stderr, the table (or, with --json-only, the JSON) to stdout, and the JSON to bench/results/. The
// service and each client run in processes of their own. An answer other than the expected one ends the run.

import { parseArgs } from 'node:util';

import { describeMachine } from './http/machine.ts';
import { positiveInteger } from './http/positive-integer.ts';
import { saveReport } from './http/save-report.ts';
import { compare } from './http-client/compare.ts';
import { formatTable, versionOf } from './http-client/report.ts';
import { type Batch, rotated, runBatch } from './http-client/trial.ts';
import { selectScenarios, selectVariants } from './http-client/variants.ts';

// Until V8 has optimised all of it: on Node 24, and with other work on the machine, that took 3 s.
const WARM_UP_MS = 1000;

function readOptions() {
  const { values } = parseArgs({
    options: {
      batches: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '6' },
      'slice-ms': { type: 'string', default: '250' },
      only: { type: 'string' },
      variants: { type: 'string' },
      'json-only': { type: 'boolean', default: false },
    },
  });
  return {
    timing: {
      rounds: positiveInteger('rounds', values.rounds),
      sliceMs: positiveInteger('slice-ms', values['slice-ms']),
      warmUpMs: WARM_UP_MS,
    },
    batches: positiveInteger('batches', values.batches),
    scenarios: selectScenarios(values.only),
    variants: selectVariants(values.variants),
    jsonOnly: values['json-only'],
  };
}

async function main(): Promise<void> {
  const { scenarios, variants, timing, batches, jsonOnly } = readOptions();
  const machine = describeMachine(); // first: the load average must be the one before us
  let switchKind: string | null = null;
  const comparisons = [];
  for (const scenario of scenarios) {
    const results: Batch[] = [];
    while (results.length < batches) {
      results.push(await runBatch(scenario, rotated(variants, results.length), timing, progress));
    }
    switchKind = (results[0] as Batch).switchKind;
    comparisons.push(compare(scenario, variants, results));
  }
  progress(null);
  const clients = { got: versionOf('got'), axios: versionOf('axios') };
  const report = { ...machine, clients, switchKind, options: { ...timing, batches }, comparisons };
  const file = saveReport('http-client', report);
  process.stdout.write(jsonOnly ? `${JSON.stringify(report)}\n` : formatTable(report));
  process.stderr.write(`${file}\n`);
}

function progress(text: string | null): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text ?? ''}`);
  else if (text !== null) process.stderr.write(`${text}\n`);
}

await main();
