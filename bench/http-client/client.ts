// One client process: `node --expose-gc client.js <variant> <url> <concurrency>`, forked. It calls the URL for as long
// as it is told, `concurrency` requests at a time, and reports how many there were and what they cost.

import { PerformanceObserver, performance } from 'node:perf_hooks';

import { callerOf } from './callers.ts';
import type { Variant } from './variants.ts';

export interface Ready {
  readonly switchKind: string | null;
  /** What the service answered, for a comparison with the other variants. */
  readonly answer: string;
}

/** Totals of one slice, in microseconds. */
export interface Usage {
  readonly requests: number;
  readonly elapsedUs: number;
  /** Processor time of all threads: garbage collection and compilation included. */
  readonly cpuUs: number;
  /** What the kernel took of it: nearly all in sockets, hence the same for every client. */
  readonly systemUs: number;
  /** For which the garbage collector stopped JavaScript. */
  readonly gcPauseUs: number;
}

/** Milliseconds to call for; 0 for full garbage collections instead. */
export type Question = number;

// As many as bench/http/server.ts, and for its reason.
const AGING_COLLECTIONS = 4;

const [variant, url, concurrency] = process.argv.slice(2) as [Variant, string, string];
const caller = await callerOf(variant, url, Number(concurrency));

let gcPauseUs = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) gcPauseUs += duration * 1000;
}).observe({ type: 'gc' });

process.on('message', (question: Question) => {
  if (question === 0)
    setImmediate(age); // this event comes in a tick of its own, and none must be pending
  else void slice(question);
});
process.once('disconnect', () => process.exit());
const ready: Ready = { switchKind: caller.switchKind, answer: JSON.stringify(await caller.once()) };
process.send?.(ready);

async function slice(ms: number): Promise<void> {
  const startUs = performance.now() * 1000;
  const [gcBefore, cpuBefore] = [gcPauseUs, process.cpuUsage()];
  const endMs = performance.now() + ms;
  const counts = await Promise.all(Array.from({ length: Number(concurrency) }, () => caller.callUntil(endMs)));
  const cpu = process.cpuUsage(cpuBefore);
  const usage: Usage = {
    requests: counts.reduce((sum, count) => sum + count, 0),
    elapsedUs: performance.now() * 1000 - startUs,
    cpuUs: cpu.user + cpu.system,
    systemUs: cpu.system,
    gcPauseUs: gcPauseUs - gcBefore,
  };
  process.send?.(usage);
}

function age(): void {
  for (let i = 0; i < AGING_COLLECTIONS; i++) (globalThis as { gc?: () => void }).gc?.();
  process.send?.(null);
}
