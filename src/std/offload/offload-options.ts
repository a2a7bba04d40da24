// The limits of an offload pool.

import { availableParallelism } from 'node:os';
import type { ResourceLimits } from 'node:worker_threads';

import { assertInteger, assertKnownKeys, MAX_TIMEOUT_MS, withDefaults } from '../../pool/index.ts';

export interface OffloadPoolOptions {
  /** Threads that are never ended for being idle: 0 to `maxThreads`. They start with the first call. Default 0. */
  minThreads?: number;
  /** The most threads: 1 to 1,024. Default: one less than the machine has cores, at least one. */
  maxThreads?: number;
  /** After how many milliseconds without work a thread is ended: 0 to 2,147,483,647. Default 30,000. */
  idleTimeout?: number;
  /** How many calls may wait for a thread: 0 to 2^53 - 1, or Infinity, the default. */
  maxQueue?: number;
  /** Limits of each thread's memory, as of `new Worker()`. Default: Node's. */
  resourceLimits?: ResourceLimits;
}

export interface ResolvedOffloadPoolOptions {
  readonly minThreads: number;
  readonly maxThreads: number;
  readonly idleTimeout: number;
  readonly maxQueue: number;
  readonly resourceLimits: ResourceLimits | undefined;
}

export const OFFLOAD_DEFAULTS: ResolvedOffloadPoolOptions = Object.freeze({
  minThreads: 0,
  maxThreads: Math.max(1, availableParallelism() - 1),
  idleTimeout: 30_000,
  maxQueue: Number.POSITIVE_INFINITY,
  resourceLimits: undefined,
});

const MAX_THREADS = 1024;
const RESOURCE_LIMITS = {
  maxOldGenerationSizeMb: undefined,
  maxYoungGenerationSizeMb: undefined,
  codeRangeSizeMb: undefined,
  stackSizeMb: undefined,
};

/** @throws `GREEN_ERR_OPT_INVALID` */
export function resolveOptions(options: OffloadPoolOptions): ResolvedOffloadPoolOptions {
  assertKnownKeys(options, OFFLOAD_DEFAULTS, 'OffloadPool options');
  const resolved = withDefaults(options as Partial<ResolvedOffloadPoolOptions>, OFFLOAD_DEFAULTS);
  const { minThreads, maxThreads, idleTimeout, maxQueue, resourceLimits } = resolved;
  assertInteger('maxThreads', maxThreads, 1, MAX_THREADS);
  assertInteger('minThreads', minThreads, 0, maxThreads);
  assertInteger('idleTimeout', idleTimeout, 0, MAX_TIMEOUT_MS);
  if (maxQueue !== Number.POSITIVE_INFINITY) assertInteger('maxQueue', maxQueue, 0, Number.MAX_SAFE_INTEGER);
  if (resourceLimits !== undefined) assertKnownKeys(resourceLimits, RESOURCE_LIMITS, 'resourceLimits');
  return resolved;
}
