// GreenPool bounds how many contexts work at once and how much work may queue for them. First in, first out;
// full means refused at once. Knows no framework: middleware gives it tasks of its own through dispatch().

import { InvalidOptionError, PoolClosedError, PoolFullError } from '../errors.ts';
import { currentContext, type GreenContext } from './green-context.ts';
import { acquireContext, releaseContext } from './idle-contexts.ts';
import { mapBounded } from './map-bounded.ts';
import { PromiseTask, type Task, type TaskOwner } from './task.ts';
import { TaskQueue } from './task-queue.ts';

export interface GreenPoolOptions {
  /** How many contexts may work at once: 1 to 1,000,000. */
  maxWorkers?: number;
  /** How many tasks may wait for a worker: 0 (refuse at once) or more; `Infinity` for no limit. */
  maxQueue?: number;
}

export type ResolvedGreenPoolOptions = Required<GreenPoolOptions>;

export const GREEN_POOL_DEFAULTS: Readonly<ResolvedGreenPoolOptions> = Object.freeze({
  maxWorkers: 100,
  maxQueue: 1000,
});

const MAX_WORKERS_LIMIT = 1_000_000;

export interface GreenPoolStats {
  readonly maxWorkers: number;
  readonly maxQueue: number;
  /** Workers with a task, running or suspended. */
  readonly active: number;
  /** Tasks that wait for a worker. */
  readonly queued: number;
  /** The most workers that were ever active at once. */
  readonly peak: number;
  /** Tasks that returned, threw, and were refused because the pool was full. */
  readonly completed: number;
  readonly failed: number;
  readonly rejected: number;
}

export class GreenPool {
  #maxWorkers: number;
  readonly #maxQueue: number;
  readonly #queue = new TaskQueue<Task>();
  #active = 0;
  #peak = 0;
  #completed = 0;
  #failed = 0;
  #rejected = 0;
  #feeding = false;
  readonly #owner: TaskOwner = { taskFinished: (context, task) => this.#taskFinished(context, task) };
  #closed: Promise<void> | null = null;
  #reportIdle: (() => void) | null = null;

  /**
   * @param options - limits; unset ones are taken from {@link GREEN_POOL_DEFAULTS}.
   * @throws `GREEN_ERR_OPT_INVALID` for an unknown option, or one out of its range.
   */
  constructor(options: GreenPoolOptions = {}) {
    const { maxWorkers, maxQueue } = resolveGreenPoolOptions(options);
    this.#maxWorkers = maxWorkers;
    this.#maxQueue = maxQueue;
  }

  /**
   * Runs `fn` in a context of this pool, now if a worker is free, else when one is. Never suspends the caller.
   *
   * Called in a context of this same pool it runs `fn` inline, in that context, so that a pool cannot deadlock
   * on itself; a wait in `fn` then suspends the caller too. If `fn` returns a promise, the worker waits for it.
   *
   * @returns a promise of what `fn` returns or throws.
   * @throws (as a rejection) `GREEN_ERR_POOL_FULL` when all workers are busy and the queue is full;
   *   `GREEN_ERR_POOL_CLOSED` after shutdown(); `GREEN_ERR_OPT_INVALID` when `fn` is not a function;
   *   `GREEN_ERR_ADDON_UNSUPPORTED` where greenroom cannot run; `GREEN_ERR_POOL_NO_STACK` when the system
   *   refuses another stack.
   */
  submit<R>(fn: () => R): Promise<Awaited<R>> {
    try {
      if (typeof fn !== 'function') throw new InvalidOptionError('submit() argument', 'a function', fn);
      if (this.runsHere()) return runInline(fn);
      const task = new PromiseTask<R>(fn, undefined, []);
      this.dispatch(task);
      return task.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Runs `fn(item, index)` for every item, in contexts of this pool, and returns a promise of the results in order.
   * Takes items as workers come free, so an iterable of any length needs no queue. Never suspends the caller.
   *
   * The first failure rejects and stops the taking of items; calls already started run to their end.
   *
   * @throws (as a rejection) what `fn` or the iterable throws, and as {@link submit}.
   */
  map<T, R>(items: Iterable<T>, fn: (item: T, index: number) => R): Promise<Awaited<R>[]> {
    if (typeof fn !== 'function') return Promise.reject(new InvalidOptionError('map() function', 'a function', fn));
    return mapBounded(items, (item, index) => this.submit(() => fn(item, index)), this.#maxWorkers);
  }

  /**
   * Takes no more work and resolves when all that was taken, queued included, has ended. Never suspends.
   * Calling it again returns the same promise. Waiting for it in a context of this pool would never end.
   */
  shutdown(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#reportIdle = resolve;
      this.#feed();
    });
    return this.#closed;
  }

  /** Whether shutdown() has been called. */
  get closed(): boolean {
    return this.#closed !== null;
  }

  /** How many contexts may work at once. Lowering it lets the busy ones finish; raising it starts queued work. */
  get maxWorkers(): number {
    return this.#maxWorkers;
  }

  set maxWorkers(value: number) {
    assertInteger('maxWorkers', value, 1, MAX_WORKERS_LIMIT);
    this.#maxWorkers = value;
    this.#feed();
  }

  /** How many tasks may wait for a worker. */
  get maxQueue(): number {
    return this.#maxQueue;
  }

  /** Live counts, as a fresh object. */
  get stats(): GreenPoolStats {
    return {
      maxWorkers: this.#maxWorkers,
      maxQueue: this.#maxQueue,
      active: this.#active,
      queued: this.#queue.size,
      peak: this.#peak,
      completed: this.#completed,
      failed: this.#failed,
      rejected: this.#rejected,
    };
  }

  /**
   * Whether the caller runs in a context of this pool.
   *
   * @internal
   */
  runsHere(): boolean {
    return currentContext()?.task?.owner === this.#owner;
  }

  /**
   * Starts or queues a task made for this pool.
   *
   * @internal
   * @throws as {@link submit}, at once; the task is then never settled.
   */
  dispatch(task: Task): void {
    if (this.#closed !== null) throw new PoolClosedError();
    task.owner = this.#owner;
    if (this.#active < this.#maxWorkers && this.#queue.size === 0) {
      this.#start(acquireContext(), task);
    } else if (this.#queue.size < this.#maxQueue) {
      this.#queue.push(task);
    } else {
      this.#rejected++;
      throw new PoolFullError(this.#active, this.#queue.size, this.#maxWorkers, this.#maxQueue);
    }
  }

  #taskFinished(context: GreenContext, task: Task): void {
    if (task.failed) this.#failed++;
    else this.#completed++;
    this.#active--;
    releaseContext(context);
    this.#feed();
  }

  #start(context: GreenContext, task: Task): void {
    this.#active++;
    if (this.#active > this.#peak) this.#peak = this.#active;
    context.start(task);
  }

  // A loop, not recursion: a task that ends without suspending comes back here through taskFinished().
  #feed(): void {
    if (this.#feeding) return;
    this.#feeding = true;
    while (this.#active < this.#maxWorkers && this.#queue.size > 0) this.#startQueued();
    this.#feeding = false;
    if (this.#active === 0) this.#reportIdle?.();
  }

  #startQueued(): void {
    const task = this.#queue.shift() as Task;
    let context: GreenContext;
    try {
      context = acquireContext();
    } catch (error) {
      task.failed = true;
      task.value = error;
      this.#failed++;
      task.settle();
      return;
    }
    this.#start(context, task);
  }
}

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
  return { maxWorkers, maxQueue };
}

function assertInteger(option: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new InvalidOptionError(option, `an integer from ${min} to ${max}`, value);
}

function runInline<R>(fn: () => R): Promise<Awaited<R>> {
  return Promise.resolve(fn());
}
