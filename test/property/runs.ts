// How many random programs the property tests run, all together. GREENROOM_PROPERTY_RUNS says otherwise: the matrix,
// which runs them twelve times, wants fewer. A failing run prints its seed and path; put both into `parameters()` to see
// it again.

import type { Parameters } from 'fast-check';

const TOTAL = Number(process.env['GREENROOM_PROPERTY_RUNS'] || 10_000);

export const PROPERTY_TIME_LIMIT_MS = 10 * 60_000;

export function parameters(share: number): Parameters<unknown> {
  return { numRuns: Math.ceil(TOTAL * share), endOnFailure: false, includeErrorInReport: true } as Parameters<unknown>;
}
