// `npm run bench`: the same work with async/await and with greenroom, side by side, in under three minutes.
//
//   npm run bench -- --only wait1 --pairs 40 --slice-ms 400 --connections 100 --json-only
//
// Progress goes to stderr, the table (or, with --json-only, the JSON) to stdout, and the JSON to bench/results/. This
// process is the load generator; the upstream and each variant have their own. An answer other than 2xx ends the run.

import { parseArgs } from 'node:util';

import { compare, takeSamples } from './compare.ts';
import { describeMachine } from './machine.ts';
import { positiveInteger } from './positive-integer.ts';
import { formatTable } from './report.ts';
import { saveReport } from './save-report.ts';
import { ServerProcess, startUpstream } from './server-process.ts';
import { type Pair, selectPairs, type Variant } from './variants.ts';

const WARM_UP_MS = 600;

interface Options {
  readonly pairs: number;
  readonly sliceMs: number;
  readonly connections: number;
  readonly only: string | undefined;
  readonly jsonOnly: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      pairs: { type: 'string', default: '26' },
      'slice-ms': { type: 'string', default: '300' },
      connections: { type: 'string', default: '50' },
      only: { type: 'string' },
      'json-only': { type: 'boolean', default: false },
    },
  });
  return {
    pairs: positiveInteger('pairs', values.pairs),
    sliceMs: positiveInteger('slice-ms', values['slice-ms']),
    connections: positiveInteger('connections', values.connections),
    only: values.only,
    jsonOnly: values['json-only'],
  };
}

async function main(): Promise<void> {
  const options = readOptions();
  const pairs = selectPairs(options.only);
  const machine = describeMachine(); // first: the load average must be the one before us
  const variants = [...new Set(pairs.flatMap((pair) => [pair.a, pair.b]))];

  const upstream = await startUpstream();
  const servers = new Map<Variant, ServerProcess>();
  for (const variant of variants) {
    progress(`starting ${variant}`);
    servers.set(variant, await ServerProcess.start(variant, upstream.url, options.connections));
  }
  await assertSameAnswers(pairs, servers);
  for (const [variant, server] of servers) {
    progress(`warming up ${variant}`);
    await server.warmUp(WARM_UP_MS);
    await server.age();
    await server.warmUp(WARM_UP_MS);
  }
  // Once more, beside each other: memory and caches are shared from here on.
  for (const server of servers.values()) await server.warmUp(WARM_UP_MS);

  const samples = await takeSamples(pairs, servers, options, (done) =>
    progress(`measuring, round ${done} of ${options.pairs}`),
  );
  progress(null);
  await Promise.all([...servers.values(), upstream.child].map((process) => process.close()));

  const switchKind = [...servers.values()].find((server) => server.switchKind !== null)?.switchKind ?? null;
  const comparisons = pairs.map((pair) => compare(pair, samples.get(pair) ?? []));
  const report = { ...machine, switchKind, options, comparisons };
  const file = saveReport('http', report);
  process.stdout.write(options.jsonOnly ? `${JSON.stringify(report)}\n` : formatTable(report));
  process.stderr.write(`${file}\n`);
}

/** A benchmark of two different things would be worthless. */
async function assertSameAnswers(pairs: readonly Pair[], servers: ReadonlyMap<Variant, ServerProcess>): Promise<void> {
  const answer = async (variant: Variant) => await (await fetch((servers.get(variant) as ServerProcess).url)).text();
  for (const { a, b } of pairs) {
    const [answerA, answerB] = [await answer(a), await answer(b)];
    if (answerA !== answerB) throw new Error(`${a} answers ${answerA}, but ${b} ${answerB}`);
  }
}

function progress(text: string | null): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text ?? ''}`);
  else if (text !== null) process.stderr.write(`${text}\n`);
}

await main();
