// GreenPool bounds how many contexts work at once and how much work may queue for them. First in, first out;
// full means refused at once. Knows no framework: middleware gives it tasks of its own through dispatch().

import { CancelledError, InvalidOptionError, isCancelled, PoolClosedError, PoolFullError } from '../errors.ts';
import { type ContextDump, dumpOf } from './dump.ts';
import { allContexts, currentContext, type GreenContext } from './green-context.ts';
import {
  assertInteger,
  type GreenPoolOptions,
  MAX_WORKERS_LIMIT,
  resolveGreenPoolOptions,
  type ShutdownOptions,
  type SubmitOptions,
} from './green-pool-options.ts';
import { acquireContext, releaseContext } from './idle-contexts.ts';
import { LimitedTask, runInlineWithLimits } from './limited-task.ts';
import { mapBounded } from './map-bounded.ts';
import { type PoolHistogramStats, PoolHistograms } from './pool-histograms.ts';
import { PromiseTask, type Task, type TaskOwner } from './task.ts';
import { TaskQueue } from './task-queue.ts';
import { assertLimits, MAX_TIMEOUT_MS } from './wait.ts';
import { FullPoolWarning, warnDiscarded } from './warnings.ts';

export interface GreenPoolStats extends Partial<PoolHistogramStats> {
  readonly name: string | null;
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
  /** Tasks that ended by a cancellation; they count as failed too. */
  readonly cancelled: number;
  /** Cancelled tasks that did not end by themselves and were destroyed; they count as cancelled too. */
  readonly discarded: number;
}

export class GreenPool {
  #maxWorkers: number;
  readonly #maxQueue: number;
  readonly #queue = new TaskQueue();
  #active = 0;
  #peak = 0;
  #completed = 0;
  #failed = 0;
  #rejected = 0;
  #feeding = false;
  #cancelled = 0;
  #discarded = 0;
  readonly #owner: TaskOwner;
  readonly #histograms: PoolHistograms | null;
  readonly #fullWarning = new FullPoolWarning();
  #drainTimer: NodeJS.Timeout | null = null;
  #closed: Promise<void> | null = null;
  #reportIdle: (() => void) | null = null;

  /**
   * @param options - limits; unset ones are taken from {@link GREEN_POOL_DEFAULTS}.
   * @throws `GREEN_ERR_OPT_INVALID` for an unknown option, or one out of its range.
   */
  constructor(options: GreenPoolOptions = {}) {
    const { name, maxWorkers, maxQueue, cleanupTimeout, longRunWarning, histograms } = resolveGreenPoolOptions(options);
    this.#maxWorkers = maxWorkers;
    this.#maxQueue = maxQueue;
    this.#histograms = histograms ? new PoolHistograms() : null;
    this.#owner = {
      name,
      cleanupTimeoutMs: cleanupTimeout,
      longRunMs: longRunWarning === 0 ? Number.POSITIVE_INFINITY : longRunWarning,
      removeQueued: (task) => this.#removeQueued(task),
      taskFinished: (context, task) => this.#taskFinished(context, task),
    };
  }

  /**
   * Runs `fn` in a context of this pool, now if a worker is free, else when one is. Never suspends the caller.
   *
   * Called in a context of this same pool it runs `fn` inline, in that context, so that a pool cannot deadlock
   * on itself; a wait in `fn` then suspends the caller too. If `fn` returns a promise, the worker waits for it.
   *
   * @param options - limits of this task. A queued task that is cancelled never starts; a running one is told by the
   *   wait it is suspended in, or its next one: see docs/cancellation.md.
   * @returns a promise of what `fn` returns or throws.
   * @throws (as a rejection) `GREEN_ERR_POOL_FULL` when all workers are busy and the queue is full;
   *   `GREEN_ERR_POOL_CLOSED` after shutdown(); `GREEN_ERR_CANCELLED` when `timeout` or `signal` cancelled it, or a
   *   shutdown; `GREEN_ERR_OPT_INVALID` for bad arguments; `GREEN_ERR_ADDON_UNSUPPORTED` where greenroom cannot run;
   *   `GREEN_ERR_POOL_NO_STACK` when the system refuses another stack.
   */
  submit<R>(fn: () => R, options?: SubmitOptions): Promise<Awaited<R>> {
    try {
      if (typeof fn !== 'function') throw new InvalidOptionError('submit() argument', 'a function', fn);
      if (options !== undefined) return this.#submitWithLimits(fn, options);
      if (this.runsHere()) return Promise.resolve(fn());
      this.assertAdmits();
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
   *
   * After `drain` milliseconds what is left is cancelled with reason `'shutdown'`. What still has not ended after twice
   * the pool's `cleanupTimeout` more is destroyed without running its `finally` blocks, and a warning tells how many.
   * A later call may set a deadline, or a shorter one.
   *
   * @throws `GREEN_ERR_OPT_INVALID` (at once) for a bad `drain`.
   */
  shutdown(options: ShutdownOptions = {}): Promise<void> {
    const { drain } = options;
    if (drain !== undefined) assertInteger('drain', drain, 0, MAX_TIMEOUT_MS);
    this.#closed ??= new Promise((resolve) => {
      this.#reportIdle = resolve;
      this.#feed();
    });
    if (drain !== undefined && this.#active > 0) this.#setDrainTimer(drain, () => this.#cancelAll());
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

  /**
   * What every busy context of this pool is doing and where it is suspended; see {@link dumpContexts}. Says so when all
   * of them wait for work that is still in this pool's queue. Never suspends.
   */
  dump(): ContextDump {
    return dumpOf(this.#activeTasks(), this.#queue, this.#active);
  }

  /** Live counts, as a fresh object. */
  get stats(): GreenPoolStats {
    return {
      name: this.#owner.name,
      maxWorkers: this.#maxWorkers,
      maxQueue: this.#maxQueue,
      active: this.#active,
      queued: this.#queue.size,
      peak: this.#peak,
      completed: this.#completed,
      failed: this.#failed,
      rejected: this.#rejected,
      cancelled: this.#cancelled,
      discarded: this.#discarded,
      ...this.#histograms?.stats,
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
   * Throws if the pool would refuse a task now: asked before one is made, so that refusing is cheap.
   *
   * @internal
   */
  assertAdmits(): void {
    if (this.#closed !== null) throw new PoolClosedError();
    if (this.#active < this.#maxWorkers || this.#queue.size < this.#maxQueue) return;
    this.#rejected++;
    const error = new PoolFullError(this.#active, this.#queue.size, this.#maxWorkers, this.#maxQueue);
    this.#fullWarning.emit(`Pool ${this.#owner.name}: ${error.message}`, () => this.dump());
    throw error;
  }

  /**
   * Starts or queues a task made for this pool, after assertAdmits().
   *
   * @internal
   * @throws `GREEN_ERR_ADDON_UNSUPPORTED`, `GREEN_ERR_POOL_NO_STACK`, at once; the task is then never settled.
   */
  dispatch(task: Task): void {
    task.owner = this.#owner;
    if (this.#active < this.#maxWorkers && this.#queue.size === 0) this.#start(acquireContext(), task);
    else {
      task.previouslyQueued = true;
      this.#queue.push(task);
    }
  }

  #submitWithLimits<R>(fn: () => R, options: SubmitOptions): Promise<Awaited<R>> {
    assertLimits(options);
    if (options.signal?.aborted === true) throw new CancelledError('explicit', options.signal.reason);
    if (this.runsHere()) return Promise.resolve(runInlineWithLimits(fn, options));
    this.assertAdmits();
    const task = new LimitedTask<R>(fn, options);
    this.dispatch(task);
    task.arm();
    return task.promise;
  }

  #start(context: GreenContext, task: Task): void {
    this.#active++;
    if (this.#active > this.#peak) this.#peak = this.#active;
    context.start(task);
  }

  #removeQueued(task: Task): void {
    this.#queue.remove(task);
    this.#failed++;
    this.#cancelled++;
  }

  #taskFinished(context: GreenContext | null, task: Task): void {
    if (!task.failed) this.#completed++;
    else {
      this.#failed++;
      if (task.cancelRequested && isCancelled(task.value)) this.#cancelled++;
    }
    this.#histograms?.record(task.times);
    this.#active--;
    if (context === null) this.#discarded++;
    else releaseContext(context);
    this.#feed();
  }

  // A loop, not recursion: a task that ends without suspending comes back here through taskFinished().
  #feed(): void {
    if (this.#feeding) return;
    this.#feeding = true;
    while (this.#active < this.#maxWorkers && this.#queue.size > 0) {
      if (!this.#startQueued()) break;
    }
    this.#feeding = false;
    if (this.#active > 0) return;
    if (this.#drainTimer !== null) clearTimeout(this.#drainTimer);
    this.#reportIdle?.();
  }

  // False if the system refuses a stack: the contexts there are will take the queue over as they come free.
  #startQueued(): boolean {
    let context: GreenContext;
    try {
      context = acquireContext();
    } catch (error) {
      if (this.#active > 0) return false;
      this.#failed++;
      (this.#queue.shift() as Task).end(true, error);
      return true;
    }
    this.#start(context, this.#queue.shift() as Task);
    return true;
  }

  #setDrainTimer(ms: number, then: () => void): void {
    if (this.#drainTimer !== null) clearTimeout(this.#drainTimer);
    this.#drainTimer = setTimeout(then, ms);
  }

  #cancelAll(): void {
    for (let task = this.#queue.first; task !== null; task = this.#queue.first) task.requestCancel('shutdown');
    for (const task of this.#activeTasks()) task.requestCancel('shutdown');
    this.#setDrainTimer(2 * this.#owner.cleanupTimeoutMs, () => this.#discardAll());
  }

  #discardAll(): void {
    const overdue = this.#activeTasks().filter((task) => task.state === 'waiting');
    if (overdue.length === 0) return;
    const dump = this.dump();
    for (const task of overdue) task.context?.discard(new CancelledError('shutdown'));
    warnDiscarded(overdue.length, dump);
  }

  #activeTasks(): Task[] {
    const tasks: Task[] = [];
    for (const { task } of allContexts()) if (task !== null && task.owner === this.#owner) tasks.push(task);
    return tasks;
  }
}
