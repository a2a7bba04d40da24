// One batch of rounds of one scenario: fresh processes for every variant, warmed up, then measured in turn. Exactly
// one of them, and the service, works at any time. A new batch starts from new processes, because it is partly chance
// what a process is like (which code V8 optimised, where its memory lies), and rounds cannot average that out.

import { Child } from '../http/child.ts';
import type { Question, Ready, Usage } from './client.ts';
import { nameOf, type Scenario, type Variant } from './variants.ts';

export interface Timing {
  readonly sliceMs: number;
  readonly warmUpMs: number;
  /** Per batch. */
  readonly rounds: number;
}

/** Per request. */
export interface Measurement {
  readonly cpuUs: number;
  readonly systemUs: number;
  readonly elapsedUs: number;
  readonly gcPauseUs: number;
}

export interface Batch {
  /** Null without the green variant. */
  readonly switchKind: string | null;
  /** Every variant once a round. */
  readonly rounds: readonly ReadonlyMap<Variant, Measurement>[];
  /** How many connections each variant opened, warming up included. */
  readonly connections: ReadonlyMap<Variant, number>;
}

const CLIENT_URL = new URL('./client.js', import.meta.url);
const UPSTREAM_URL = new URL('./upstream.js', import.meta.url);

type Client = Child<Question, Usage>;
type Upstream = Child<string, { connections: number }>;

export async function runBatch(
  scenario: Scenario,
  variants: readonly Variant[],
  timing: Timing,
  report: (what: string) => void,
): Promise<Batch> {
  const { child: upstream, ready } = await Child.start<string, { connections: number }, { port: number }>(
    UPSTREAM_URL,
    [],
  );
  const url = `http://127.0.0.1:${ready.port}/${scenario.size}`;
  const clients = new Map<Variant, Client>();
  const connections = new Map<Variant, number>();
  let answer: string | undefined;
  let switchKind: string | null = null;
  for (const variant of variants) {
    report(`${nameOf(scenario)}: warming up ${variant}`);
    const { client, ready } = await startClient(variant, url, scenario.concurrency);
    switchKind ??= ready.switchKind;
    answer ??= ready.answer;
    if (ready.answer !== answer) throw new Error(`${variant} gets another answer than ${variants[0]}`);
    await warmUp(client, timing.warmUpMs);
    clients.set(variant, client);
    connections.set(variant, await connectionsOf(upstream));
  }
  // Once more, beside each other: memory and caches are shared from here on.
  for (const client of clients.values()) await client.ask(timing.warmUpMs);

  const rounds: Map<Variant, Measurement>[] = [];
  for (let round = 0; round < timing.rounds; round++) {
    report(`${nameOf(scenario)}: round ${round + 1} of ${timing.rounds}`);
    const measurements = new Map<Variant, Measurement>();
    for (const variant of rotated(variants, round)) {
      measurements.set(variant, perRequest(await (clients.get(variant) as Client).ask(timing.sliceMs)));
    }
    rounds.push(measurements);
  }
  await Promise.all([...clients.values(), upstream].map((child) => child.close()));
  return { switchKind, rounds, connections };
}

async function startClient(variant: Variant, url: string, concurrency: number) {
  const { child, ready } = await Child.start<Question, Usage, Ready>(CLIENT_URL, [variant, url, String(concurrency)]);
  return { client: child, ready };
}

/** With full collections in between: see ServerProcess.age() of bench/http. */
async function warmUp(client: Client, ms: number): Promise<void> {
  await client.ask(ms);
  await client.ask(0);
  await client.ask(ms);
}

async function connectionsOf(upstream: Upstream): Promise<number> {
  return (await upstream.ask('connections')).connections;
}

/** Each turn begins elsewhere, and every other one runs backwards: none always follows the same neighbour. */
export function rotated(variants: readonly Variant[], turn: number): readonly Variant[] {
  const at = Math.floor(turn / 2) % variants.length;
  const order = [...variants.slice(at), ...variants.slice(0, at)];
  return turn % 2 === 0 ? order : order.reverse();
}

function perRequest({ requests, cpuUs, systemUs, elapsedUs, gcPauseUs }: Usage): Measurement {
  return {
    cpuUs: cpuUs / requests,
    systemUs: systemUs / requests,
    elapsedUs: elapsedUs / requests,
    gcPauseUs: gcPauseUs / requests,
  };
}
