// From measurements to ratios: each variant over the reference of its own round, then the median of those.

import { type Estimate, estimateMedian, median } from '../http/stats.ts';
import type { Batch, Measurement } from './trial.ts';
import { nameOf, REFERENCE, type Scenario, type Variant } from './variants.ts';

export interface Row {
  readonly variant: Variant;
  /** Medians, per request. */
  readonly cpuUs: number;
  /** A mean: Linux tells user from system time by sampling, too coarsely for one slice. */
  readonly systemUs: number;
  readonly elapsedUs: number;
  readonly gcPauseUs: number;
  readonly connections: number;
  readonly cpuRatio: Estimate;
  readonly elapsedRatio: Estimate;
  readonly raw: Readonly<Record<'cpuUs' | 'cpuRatios' | 'elapsedRatios', number[]>>;
}

export interface Comparison {
  readonly scenario: string;
  readonly rows: readonly Row[];
}

export function compare(scenario: Scenario, variants: readonly Variant[], batches: readonly Batch[]): Comparison {
  return { scenario: nameOf(scenario), rows: variants.map((variant) => rowOf(variant, batches)) };
}

function rowOf(variant: Variant, batches: readonly Batch[]): Row {
  const rounds = batches.flatMap((batch) => batch.rounds);
  const own = rounds.map((round) => round.get(variant) as Measurement);
  const reference = rounds.map((round) => round.get(REFERENCE) as Measurement);
  const ratios = (of: (one: Measurement) => number) =>
    own.map((one, round) => of(one) / of(reference[round] as Measurement));
  const cpuRatios = ratios((one) => one.cpuUs);
  const elapsedRatios = ratios((one) => one.elapsedUs);
  return {
    variant,
    cpuUs: median(own.map((one) => one.cpuUs)),
    systemUs: own.reduce((sum, one) => sum + one.systemUs, 0) / own.length,
    elapsedUs: median(own.map((one) => one.elapsedUs)),
    gcPauseUs: median(own.map((one) => one.gcPauseUs)),
    connections: Math.max(...batches.map((batch) => batch.connections.get(variant) ?? 0)),
    cpuRatio: estimateMedian(cpuRatios),
    elapsedRatio: estimateMedian(elapsedRatios),
    raw: { cpuUs: own.map((one) => one.cpuUs), cpuRatios, elapsedRatios },
  };
}
