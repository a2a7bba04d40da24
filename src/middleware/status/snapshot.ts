// One snapshot per interval, whoever asks and however often: looking must not load the server that is looked at.

import type { GreenPool, GreenPoolStats } from '../../pool/index.ts';
import { type ContextSample, ContextSampler } from './context-sample.ts';
import { type ProcessFacts, ProcessMonitor } from './process-facts.ts';

/** Where the status page and the metrics find the pools: asked anew every time. */
export interface PoolSource {
  pools(): Iterable<GreenPool>;
}

/** A pool's `stats`; a queue without limit is null, as JSON knows no Infinity. */
export interface PoolStatus extends Omit<GreenPoolStats, 'maxQueue'> {
  readonly maxQueue: number | null;
  readonly closed: boolean;
}

/** What `status.json` and every event hold. */
export interface StatusSnapshot extends Omit<ContextSample, 'takenAt' | 'tookMs'> {
  /** Unix time in milliseconds. */
  readonly at: number;
  readonly intervalMs: number;
  readonly process: ProcessFacts;
  readonly pools: readonly PoolStatus[];
  /** When the contexts were looked at, in Unix milliseconds, and how long that held the event loop. */
  readonly contextsAt: number;
  readonly contextsTookMs: number;
}

export class SnapshotCollector {
  readonly #source: PoolSource;
  readonly #intervalMs: number;
  readonly #monitor = new ProcessMonitor();
  readonly #sampler = new ContextSampler();
  #json = '';
  #staleAtMs = 0;

  constructor(source: PoolSource, intervalMs: number) {
    this.#source = source;
    this.#intervalMs = intervalMs;
  }

  /** Measures the event loop's delay from now on. */
  startMonitor(): void {
    this.#monitor.start();
  }

  stopMonitor(): void {
    this.#monitor.stop();
  }

  /** The latest snapshot as JSON, made anew if it is older than the interval. */
  json(): string {
    return performance.now() < this.#staleAtMs ? this.#json : this.collect();
  }

  /** A new snapshot as JSON. */
  collect(): string {
    this.#json = JSON.stringify(this.#snapshot(), rounded);
    this.#staleAtMs = performance.now() + this.#intervalMs;
    return this.#json;
  }

  #snapshot(): StatusSnapshot {
    const pools = [...this.#source.pools()];
    const { takenAt, tookMs, ...sample } = this.#sampler.sample(pools);
    return {
      at: Date.now(),
      intervalMs: this.#intervalMs,
      process: this.#monitor.facts(),
      pools: pools.map(statusOf),
      contextsAt: takenAt,
      contextsTookMs: tookMs,
      ...sample,
    };
  }
}

// A clock's last digits say nothing, and would be a third of a frame.
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
}

function statusOf(pool: GreenPool): PoolStatus {
  const { maxQueue, ...stats } = pool.stats;
  return { ...stats, maxQueue: Number.isFinite(maxQueue) ? maxQueue : null, closed: pool.closed };
}
