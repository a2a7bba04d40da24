// What of piscina is used, so that the types compile without it; and its loading, at the first call: it is an optional
// peer dependency, for those who offload.

import { createRequire } from 'node:module';
import type { ResourceLimits } from 'node:worker_threads';

import { OffloadUnavailableError } from './offload-errors.ts';

export interface PiscinaPool {
  run(task: unknown, options: { signal: AbortSignal }): Promise<unknown>;
  destroy(): Promise<void>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  readonly threads: readonly unknown[];
}

export interface PiscinaOptions {
  readonly filename: string;
  readonly minThreads: number;
  readonly maxThreads: number;
  readonly idleTimeout: number;
  readonly recordTiming: boolean;
  readonly resourceLimits?: ResourceLimits;
}

type PiscinaClass = new (options: PiscinaOptions) => PiscinaPool;

export function newPiscina(options: PiscinaOptions): PiscinaPool {
  let Piscina: PiscinaClass;
  try {
    ({ Piscina } = createRequire(import.meta.url)('piscina') as { Piscina: PiscinaClass });
  } catch (error) {
    throw new OffloadUnavailableError(error);
  }
  return new Piscina(options);
}
