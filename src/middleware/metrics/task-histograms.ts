// Distributions of task times by pool and route, fed from the channel that every task ends on. Anything may be a label, and
// every one is kept for ever by the registry: so there are only so many, and then 'other'.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import type * as PromClient from 'prom-client';

import type { GreenPool, TaskMessage } from '../../pool/index.ts';
import type { PoolSource } from '../status/index.ts';

const TASK_END = 'greenroom:task:end';
const MAX_SERIES = 500;
const MS_PER_S = 1000;

// Running holds the event loop and is short; waiting is what upstreams and databases take.
const RUN_BUCKETS_S = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1];
const WAIT_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

type Series = Record<'queued' | 'run' | 'waited', { observe(seconds: number): void }>;

/** Registers the histograms and subscribes; returns their names, and what ends the subscription. */
export function addTaskHistograms(
  { Histogram }: typeof PromClient,
  registry: PromClient.Registry,
  source: PoolSource,
  prefix: string,
): { names: string[]; unsubscribe: () => void } {
  const histogram = (name: string, help: string, buckets: number[]): PromClient.Histogram<'pool' | 'route'> =>
    new Histogram({ name: prefix + name, help, buckets, labelNames: ['pool', 'route'], registers: [registry] });
  const queued = histogram('task_queued_seconds', 'From submit() to the start of a task.', WAIT_BUCKETS_S);
  const run = histogram('task_run_seconds', 'How long the code of a task has run, all in all.', RUN_BUCKETS_S);
  const waited = histogram('task_waited_seconds', 'How long a task was suspended, all in all.', WAIT_BUCKETS_S);

  const series = new SeriesByLabel((pool, route) => ({
    queued: queued.labels(pool, route),
    run: run.labels(pool, route),
    waited: waited.labels(pool, route),
  }));
  const isOurs = poolNames(source);
  const onEnd = (message: unknown): void => {
    const { pool, label, queuedMs, ranMs, waitedMs } = message as TaskMessage;
    if (pool === null || ranMs === 0 || !isOurs(pool)) return; // ranMs 0: cancelled in the queue, it has never started
    const to = series.of(pool, label ?? 'none');
    to.queued.observe(queuedMs / MS_PER_S);
    to.run.observe(ranMs / MS_PER_S);
    to.waited.observe(waitedMs / MS_PER_S);
  };
  subscribe(TASK_END, onEnd);
  return {
    names: ['task_queued_seconds', 'task_run_seconds', 'task_waited_seconds'].map((name) => prefix + name),
    unsubscribe: () => void unsubscribe(TASK_END, onEnd),
  };
}

/** The three series of a pool and a route, looked up without making a key. */
class SeriesByLabel {
  readonly #make: (pool: string, route: string) => Series;
  readonly #pools = new Map<string, Map<string, Series>>();
  #count = 0;

  constructor(make: (pool: string, route: string) => Series) {
    this.#make = make;
  }

  of(pool: string, route: string): Series {
    let routes = this.#pools.get(pool);
    if (routes === undefined) {
      routes = new Map();
      this.#pools.set(pool, routes);
    }
    const known = routes.get(route);
    if (known !== undefined) return known;
    if (this.#count >= MAX_SERIES && route !== 'other') return this.of(pool, 'other');
    this.#count++;
    const made = this.#make(pool, route);
    routes.set(route, made);
    return made;
  }
}

// A pool tells its name only among its stats, which are too much to ask for at the end of every task.
function poolNames(source: PoolSource): (name: string) => boolean {
  const names = new WeakMap<GreenPool, string | null>();
  return (name) => {
    for (const pool of source.pools()) {
      let known = names.get(pool);
      if (known === undefined) {
        known = pool.stats.name;
        names.set(pool, known);
      }
      if (known === name) return true;
    }
    return false;
  };
}
