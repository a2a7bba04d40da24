// Gauges and counters, read from the pools' own counts when somebody asks: between two scrapes they cost nothing.

import type * as PromClient from 'prom-client';

import type { GreenPoolStats } from '../../pool/index.ts';
import type { PoolSource } from '../status/index.ts';

// A pool of an older greenroom, loaded beside this one, may lack the newer counts.
type Count = 'completed' | 'failed' | 'rejected' | 'cancelled' | 'discarded' | 'queueTimeouts';

const COUNTERS: readonly (readonly [count: Count, name: string, help: string])[] = [
  ['completed', 'tasks_completed_total', 'Tasks that returned.'],
  ['failed', 'tasks_failed_total', 'Tasks that threw, cancelled ones included.'],
  ['rejected', 'tasks_rejected_total', 'Tasks refused because the pool was full.'],
  ['cancelled', 'tasks_cancelled_total', 'Tasks that ended by a cancellation.'],
  ['discarded', 'tasks_discarded_total', 'Cancelled tasks that had to be destroyed.'],
  ['queueTimeouts', 'tasks_queue_timeouts_total', 'Tasks that waited too long for a worker.'],
];

/** Registers them; returns their names. Counts of pools with the same name are added up. */
export function addPoolMetrics(
  { Counter, Gauge }: typeof PromClient,
  registry: PromClient.Registry,
  source: PoolSource,
  prefix: string,
): string[] {
  const registers = [registry];
  const names: string[] = [];
  const named = (name: string): string => {
    names.push(prefix + name);
    return prefix + name;
  };

  new Gauge({
    name: named('workers'),
    // Whoever collects runs on the event loop's stack, so that no worker can be running: all busy ones are suspended.
    help: 'Workers with a task (busy) and without one (free).',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { pool, stats } of statsOf(source)) {
        this.inc({ pool, state: 'busy' }, stats.active);
        this.inc({ pool, state: 'free' }, Math.max(0, stats.maxWorkers - stats.active));
      }
    },
  });
  const gauges: readonly (readonly [name: string, help: string, read: (stats: GreenPoolStats) => number])[] = [
    ['workers_max', 'How many workers there may be.', ({ maxWorkers }) => maxWorkers],
    ['queue_length', 'Tasks that wait for a worker.', ({ queued }) => queued],
    ['queue_max', 'How many tasks may wait for a worker.', ({ maxQueue }) => maxQueue],
  ];
  for (const [name, help, read] of gauges) {
    new Gauge({
      name: named(name),
      help,
      labelNames: ['pool'],
      registers,
      collect() {
        this.reset();
        for (const { pool, stats } of statsOf(source)) this.inc({ pool }, read(stats));
      },
    });
  }
  for (const [count, name, help] of COUNTERS) {
    new Counter({
      name: named(name),
      help,
      labelNames: ['pool'],
      registers,
      collect() {
        this.reset();
        for (const { pool, stats } of statsOf(source)) this.inc({ pool }, countOf(stats, count));
      },
    });
  }
  return names;
}

function* statsOf(source: PoolSource): Generator<{ pool: string; stats: GreenPoolStats }> {
  for (const { stats } of source.pools()) yield { pool: stats.name ?? '', stats };
}

function countOf(stats: GreenPoolStats, count: Count): number {
  return (stats as Partial<Record<Count, number>>)[count] ?? 0;
}
