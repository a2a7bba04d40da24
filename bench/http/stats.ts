// Medians, and how sure we are of them. Nothing here assumes a distribution: on shared cores the noise has none.

const RESAMPLES = 2000;

export interface Estimate {
  readonly median: number;
  /** The 95 % bootstrap confidence interval of the median. */
  readonly low: number;
  readonly high: number;
}

export function median(values: readonly number[]): number {
  return quantile([...values].sort(ascending), 0.5);
}

export function estimateMedian(values: readonly number[]): Estimate {
  const random = randomNumbers();
  const medians: number[] = [];
  for (let i = 0; i < RESAMPLES; i++) {
    medians.push(median(values.map(() => values[Math.floor(random() * values.length)] as number)));
  }
  medians.sort(ascending);
  return { median: median(values), low: quantile(medians, 0.025), high: quantile(medians, 0.975) };
}

/** @param sorted - in ascending order, not empty. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

function ascending(a: number, b: number): number {
  return a - b;
}

// Park and Miller's generator (CACM 31, 1988) with a fixed seed: the same ratios give the same interval.
function randomNumbers(): () => number {
  let state = 20_180_501;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
