// Options of GreenPool: defaults in one frozen place, checked where they come in.

import { InvalidOptionError } from '../errors.ts';
import { DEFAULT_CLEANUP_TIMEOUT_MS } from './cancel-scope.ts';
import { MAX_TIMEOUT_MS } from './wait.ts';

export interface GreenPoolOptions {
  /** Names the pool in dumps, warnings and metrics. */
  name?: string;
  /** How many contexts may work at once: 1 to 1,000,000. */
  maxWorkers?: number;
  /** How many tasks may wait for a worker: 0 (refuse at once) or more; `Infinity` for no limit. */
  maxQueue?: number;
  /** Milliseconds that a cancelled task may clean up before every further wait in it throws: 1 to 2,147,483,647. */
  cleanupTimeout?: number;
  /** Warn when a task holds the event loop longer than so many milliseconds: 0 (never) to 2,147,483,647. */
  longRunWarning?: number;
  /** Whether `stats` has distributions of the task times. Costs about a microsecond a task. */
  histograms?: boolean;
}

export interface SubmitOptions {
  /** Names the task in dumps and warnings. */
  label?: string | undefined;
  /** Cancels the task, queued or running, so many milliseconds after submit(): 1 to 2,147,483,647. Default: never. */
  timeout?: number | undefined;
  /** Cancels the task, queued or running, when aborted. */
  signal?: AbortSignal | undefined;
}

export interface ShutdownOptions {
  /** Milliseconds that tasks have before they are cancelled: 0 to 2,147,483,647. Default: as long as they take. */
  drain?: number | undefined;
}

export type ResolvedGreenPoolOptions = Required<GreenPoolOptions>;

export const GREEN_POOL_DEFAULTS: Readonly<ResolvedGreenPoolOptions> = Object.freeze({
  name: 'default',
  maxWorkers: 100,
  maxQueue: 1000,
  cleanupTimeout: DEFAULT_CLEANUP_TIMEOUT_MS,
  longRunWarning: 0,
  histograms: false,
});

export const MAX_WORKERS_LIMIT = 1_000_000;

export function resolveGreenPoolOptions(options: GreenPoolOptions): ResolvedGreenPoolOptions {
  if (typeof options !== 'object' || options === null) throw new InvalidOptionError('options', 'an object', options);
  for (const key of Object.keys(options)) {
    if (!(key in GREEN_POOL_DEFAULTS)) {
      throw new InvalidOptionError('options', `made of ${Object.keys(GREEN_POOL_DEFAULTS).join(', ')}`, key);
    }
  }
  const maxWorkers = options.maxWorkers ?? GREEN_POOL_DEFAULTS.maxWorkers;
  const maxQueue = options.maxQueue ?? GREEN_POOL_DEFAULTS.maxQueue;
  assertInteger('maxWorkers', maxWorkers, 1, MAX_WORKERS_LIMIT);
  if (maxQueue !== Number.POSITIVE_INFINITY) assertInteger('maxQueue', maxQueue, 0, Number.MAX_SAFE_INTEGER);
  const cleanupTimeout = options.cleanupTimeout ?? GREEN_POOL_DEFAULTS.cleanupTimeout;
  assertInteger('cleanupTimeout', cleanupTimeout, 1, MAX_TIMEOUT_MS);
  const name = options.name ?? GREEN_POOL_DEFAULTS.name;
  if (typeof name !== 'string' || name === '') throw new InvalidOptionError('name', 'a string that is not empty', name);
  const { longRunWarning, histograms } = { ...GREEN_POOL_DEFAULTS, ...options };
  assertInteger('longRunWarning', longRunWarning, 0, MAX_TIMEOUT_MS);
  if (typeof histograms !== 'boolean') throw new InvalidOptionError('histograms', 'true or false', histograms);
  return { name, maxWorkers, maxQueue, cleanupTimeout, longRunWarning, histograms };
}

export function assertInteger(option: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new InvalidOptionError(option, `an integer from ${min} to ${max}`, value);
}
