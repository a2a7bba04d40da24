// Options of GreenPool: defaults in one frozen place, checked where they come in.

import { InvalidOptionError } from '../errors.ts';
import { DEFAULT_CLEANUP_TIMEOUT_MS } from './cancel-scope.ts';
import { assertBoolean, assertInteger, assertKnownKeys, assertOneOf, withDefaults } from './check-options.ts';
import type { QueueOrder } from './task-queue.ts';
import { assertLimits, MAX_TIMEOUT_MS } from './wait.ts';

export type NestedPolicy = 'count' | 'exempt';

export interface GreenPoolOptions {
  /** Names the pool in dumps, warnings and metrics. */
  name?: string;
  /** How many contexts may work at once: 1 to 1,000,000. */
  maxWorkers?: number;
  /** How many tasks may wait for a worker: 0 (refuse at once) or more; `Infinity` for no limit. */
  maxQueue?: number;
  /** Milliseconds that a task may wait for a worker before it is refused: 0 (for ever) to 2,147,483,647. */
  queueTimeout?: number;
  /** Which of the queued tasks of equal priority starts first: `'fifo'` the oldest, `'lifo'` the newest. */
  order?: QueueOrder;
  /**
   * What becomes of work that async code of one of the pool's tasks submits to the same pool when all workers are busy:
   * `'count'` queues it like any other; `'exempt'` starts it at once, beyond `maxWorkers`, because the worker it would wait
   * for may be waiting for it. Costs one AsyncLocalStorage, which on Node 20 and 22 makes every promise dearer.
   */
  nested?: NestedPolicy;
  /** Milliseconds that a cancelled task may clean up before every further wait in it throws: 1 to 2,147,483,647. */
  cleanupTimeout?: number;
  /** Warn when a task holds the event loop longer than so many milliseconds: 0 (never) to 2,147,483,647. */
  longRunWarning?: number;
  /** Whether `stats` has distributions of the task times. Costs about a microsecond a task. */
  histograms?: boolean;
}

export interface SubmitOptions {
  /** Higher ones leave the queue first: an integer, 0 unless given. */
  priority?: number | undefined;
  /** Milliseconds that the task may wait for a worker: 0 (for ever) to 2,147,483,647. Default: as the pool says. */
  queueTimeout?: number | undefined;
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
  queueTimeout: 0,
  order: 'fifo',
  nested: 'count',
  cleanupTimeout: DEFAULT_CLEANUP_TIMEOUT_MS,
  longRunWarning: 0,
  histograms: false,
});

export const MAX_WORKERS_LIMIT = 1_000_000;

export function resolveGreenPoolOptions(options: GreenPoolOptions): ResolvedGreenPoolOptions {
  assertKnownKeys(options, GREEN_POOL_DEFAULTS);
  const resolved = withDefaults(options, GREEN_POOL_DEFAULTS);
  const { name, maxWorkers, maxQueue } = resolved;
  if (typeof name !== 'string' || name === '') throw new InvalidOptionError('name', 'a string that is not empty', name);
  assertInteger('maxWorkers', maxWorkers, 1, MAX_WORKERS_LIMIT);
  if (maxQueue !== Number.POSITIVE_INFINITY) assertInteger('maxQueue', maxQueue, 0, Number.MAX_SAFE_INTEGER);
  assertInteger('queueTimeout', resolved.queueTimeout, 0, MAX_TIMEOUT_MS);
  assertOneOf('order', resolved.order, ['fifo', 'lifo']);
  assertOneOf('nested', resolved.nested, ['count', 'exempt']);
  assertInteger('cleanupTimeout', resolved.cleanupTimeout, 1, MAX_TIMEOUT_MS);
  assertInteger('longRunWarning', resolved.longRunWarning, 0, MAX_TIMEOUT_MS);
  assertBoolean('histograms', resolved.histograms);
  return resolved;
}

const SUBMIT_OPTIONS: readonly string[] = ['priority', 'queueTimeout', 'label'];

export function assertSubmitOptions(options: SubmitOptions): void {
  assertLimits(options, SUBMIT_OPTIONS);
  const { priority, queueTimeout } = options;
  if (priority !== undefined) assertInteger('priority', priority, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  if (queueTimeout !== undefined) assertInteger('queueTimeout', queueTimeout, 0, MAX_TIMEOUT_MS);
}
