// One server process: `node --expose-gc server.js <variant> <upstream url>`, forked by run.ts. Reports its port, and
// then, whenever it is asked, how much processor time it has used. That is all it does beside its route.

import type { AddressInfo } from 'node:net';
import { PerformanceObserver } from 'node:perf_hooks';

import Fastify from 'fastify';
import { switchKind } from 'greenroom';
import greenroom from 'greenroom/middleware';

import type { Variant } from './variants.ts';
import { workOf } from './work.ts';

export interface Ready {
  readonly port: number;
  /** Null in a server that has no green route. */
  readonly switchKind: string | null;
}

/** Microseconds since the process started. */
export interface Times {
  /** All threads: garbage collection and compilation included. */
  readonly process: number;
  /** JavaScript's own thread; null on a Node without process.threadCpuUsage() (22.19, 23.9). */
  readonly thread: number | null;
  /** For which the garbage collector stopped JavaScript. */
  readonly gcPause: number;
}

/** `age`: full garbage collections first. */
export type Question = 'cpu' | 'age';

const AGING_COLLECTIONS = 4;

interface MaybeThreadCpuUsage {
  threadCpuUsage?: () => NodeJS.CpuUsage;
}

const [variant, upstreamUrl] = process.argv.slice(2) as [Variant, string];
const { green, handler } = workOf(variant, upstreamUrl);

let gcPauseUs = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) gcPauseUs += duration * 1000;
}).observe({ type: 'gc' });

const app = Fastify();
if (green) {
  await app.register(greenroom, { maxWorkers: 200, maxQueue: 1000 });
  app.get('/', { green: true }, handler);
} else {
  app.get('/', handler);
}

process.on('message', (question: Question) => {
  if (question === 'cpu') process.send?.(times());
  else setImmediate(age); // this event comes in a tick of its own, and none must be pending: see ServerProcess.age()
});
process.once('disconnect', () => process.exit());
await app.listen({ port: 0, host: '127.0.0.1' });
const ready: Ready = {
  port: (app.server.address() as AddressInfo).port,
  switchKind: green ? switchKind() : null,
};
process.send?.(ready);

function age(): void {
  for (let i = 0; i < AGING_COLLECTIONS; i++) (globalThis as { gc?: () => void }).gc?.();
  process.send?.(times());
}

function times(): Times {
  const { threadCpuUsage } = process as MaybeThreadCpuUsage;
  return {
    process: total(process.cpuUsage()),
    thread: threadCpuUsage === undefined ? null : total(threadCpuUsage.call(process)),
    gcPause: gcPauseUs,
  };
}

function total(usage: NodeJS.CpuUsage): number {
  return usage.user + usage.system;
}
