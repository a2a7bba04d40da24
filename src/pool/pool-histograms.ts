// Distributions of a pool's task times: Node's own HDR histograms (perf_hooks), which need no dependency.

import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

import type { TaskTimes } from './task-times.ts';

/** A distribution, in milliseconds. */
export interface TimeDistribution {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export interface PoolHistogramStats {
  readonly queuedMs: TimeDistribution;
  readonly ranMs: TimeDistribution;
  readonly waitedMs: TimeDistribution;
}

// perf_hooks histograms hold integers from 1 on: microseconds keep what matters.
const US_PER_MS = 1000;

export class PoolHistograms {
  readonly #queued: RecordableHistogram = createHistogram();
  readonly #ran: RecordableHistogram = createHistogram();
  readonly #waited: RecordableHistogram = createHistogram();

  record({ queuedMs, ranMs, waitedMs }: TaskTimes): void {
    this.#queued.record(toUs(queuedMs));
    this.#ran.record(toUs(ranMs));
    this.#waited.record(toUs(waitedMs));
  }

  get stats(): PoolHistogramStats {
    return {
      queuedMs: distribution(this.#queued),
      ranMs: distribution(this.#ran),
      waitedMs: distribution(this.#waited),
    };
  }
}

function toUs(ms: number): number {
  return Math.max(1, Math.round(ms * US_PER_MS));
}

function distribution(histogram: RecordableHistogram): TimeDistribution {
  const { count } = histogram;
  if (count === 0) return { count, mean: 0, p50: 0, p90: 0, p99: 0, max: 0 };
  const percentile = (p: number): number => histogram.percentile(p) / US_PER_MS;
  return {
    count,
    mean: histogram.mean / US_PER_MS,
    p50: percentile(50),
    p90: percentile(90),
    p99: percentile(99),
    max: histogram.max / US_PER_MS,
  };
}
