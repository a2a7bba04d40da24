// Takes the measurements of all pairs and turns them into ratios.
//
// Short slices in ABBA order, every pair of processes in every round: what disturbs the machine for longer than a
// slice disturbs both sides, and so drops out of the ratio of two neighbouring slices (FASTIFY.md section 4).

import type { Measurement, ServerProcess } from './server-process.ts';
import { type Estimate, estimateMedian, median, quantile } from './stats.ts';
import type { Pair, Variant } from './variants.ts';

export interface Sample {
  readonly a: Measurement;
  readonly b: Measurement;
}

export interface Side {
  readonly variant: Variant;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly cpuUs: number;
  readonly threadCpuUs: number | null;
  readonly gcPauseUs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Comparison {
  readonly pair: Pair;
  readonly a: Side;
  readonly b: Side;
  /** All of `b` over `a`, except the difference, which is `b` minus `a`. */
  readonly rateRatio: Estimate;
  readonly cpuRatio: Estimate;
  readonly cpuDifferenceUs: Estimate;
  readonly raw: { readonly rateRatios: number[]; readonly cpuRatios: number[]; readonly cpuDifferencesUs: number[] };
}

export async function takeSamples(
  pairs: readonly Pair[],
  servers: ReadonlyMap<Variant, ServerProcess>,
  options: { pairs: number; sliceMs: number },
  report: (done: number) => void,
): Promise<Map<Pair, Sample[]>> {
  const samples = new Map(pairs.map((pair) => [pair, [] as Sample[]]));
  const measure = (variant: Variant) => (servers.get(variant) as ServerProcess).measure(options.sliceMs);
  for (let done = 0; done < options.pairs; done++) {
    for (const pair of pairs) {
      const aFirst = done % 2 === 0;
      const first = await measure(aFirst ? pair.a : pair.b);
      const second = await measure(aFirst ? pair.b : pair.a);
      samples.get(pair)?.push(aFirst ? { a: first, b: second } : { a: second, b: first });
    }
    report(done + 1);
  }
  return samples;
}

export function compare(pair: Pair, samples: readonly Sample[]): Comparison {
  const rateRatios = samples.map(({ a, b }) => b.requestsPerSecond / a.requestsPerSecond);
  const cpuRatios = samples.map(({ a, b }) => b.cpuUs / a.cpuUs);
  const cpuDifferencesUs = samples.map(({ a, b }) => b.cpuUs - a.cpuUs);
  return {
    pair,
    a: summarize(
      pair.a,
      samples.map(({ a }) => a),
    ),
    b: summarize(
      pair.b,
      samples.map(({ b }) => b),
    ),
    rateRatio: estimateMedian(rateRatios),
    cpuRatio: estimateMedian(cpuRatios),
    cpuDifferenceUs: estimateMedian(cpuDifferencesUs),
    raw: { rateRatios, cpuRatios, cpuDifferencesUs },
  };
}

function summarize(variant: Variant, measurements: readonly Measurement[]): Side {
  const latenciesMs = Float64Array.from(measurements.flatMap((measurement) => measurement.latenciesMs)).sort();
  const threadCpuUs = measurements.map((measurement) => measurement.threadCpuUs).filter((value) => value !== null);
  return {
    variant,
    requests: latenciesMs.length,
    requestsPerSecond: median(measurements.map((measurement) => measurement.requestsPerSecond)),
    cpuUs: median(measurements.map((measurement) => measurement.cpuUs)),
    threadCpuUs: threadCpuUs.length === 0 ? null : median(threadCpuUs),
    gcPauseUs: median(measurements.map((measurement) => measurement.gcPauseUs)),
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
  };
}
