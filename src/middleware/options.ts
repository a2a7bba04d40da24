// Options of the plugin and of runInPool(): defaults in one place, checked where they come in.

import { InvalidOptionError } from '../errors.ts';
import { GREEN_POOL_DEFAULTS, type GreenPoolOptions } from '../pool/index.ts';

export interface GreenroomOptions extends GreenPoolOptions {
  /** Seconds a client is told to stay away (`Retry-After`) when the pool is full or closed: 1 to 86,400. */
  retryAfter?: number;
}

export type ResolvedGreenroomOptions = Required<GreenroomOptions>;

export const GREENROOM_DEFAULTS: Readonly<ResolvedGreenroomOptions> = Object.freeze({
  ...GREEN_POOL_DEFAULTS,
  retryAfter: 1,
});

const MAX_RETRY_AFTER_SECONDS = 86_400;

/** Splits what the pool checks from what is ours. */
export function splitOptions(options: GreenroomOptions): { pool: GreenPoolOptions; retryAfter: number } {
  if (typeof options !== 'object' || options === null) throw new InvalidOptionError('options', 'an object', options);
  const { retryAfter = GREENROOM_DEFAULTS.retryAfter, ...pool } = options;
  if (!Number.isInteger(retryAfter) || retryAfter < 1 || retryAfter > MAX_RETRY_AFTER_SECONDS) {
    throw new InvalidOptionError('retryAfter', `an integer from 1 to ${MAX_RETRY_AFTER_SECONDS} (seconds)`, retryAfter);
  }
  return { pool, retryAfter };
}
