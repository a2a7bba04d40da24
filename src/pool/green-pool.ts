// GreenPool bounds how many contexts work at once, and how much work may queue for them, and how long. Full means
// refused at once. Knows no framework: middleware gives it tasks of its own through dispatch().

import { CancelledError, InvalidOptionError, PoolClosedError, PoolFullError, QueueTimeoutError } from '../errors.ts';
import { assertInteger, assertKnownKeys } from './check-options.ts';
import { type ContextDump, type DumpOptions, dumpOf } from './dump.ts';
import { allContexts, currentContext, type GreenContext } from './green-context.ts';
import {
  assertSubmitOptions,
  type GreenPoolOptions,
  MAX_WORKERS_LIMIT,
  resolveGreenPoolOptions,
  type ShutdownOptions,
  type SubmitOptions,
} from './green-pool-options.ts';
import { acquireContext, releaseContext } from './idle-contexts.ts';
import { LimitedTask, runInlineWithLimits } from './limited-task.ts';
import { mapBounded } from './map-bounded.ts';
import { NestedWork } from './nested-work.ts';
import { PoolCounters } from './pool-counters.ts';
import { PoolDrain } from './pool-drain.ts';
import { type PoolHistogramStats, PoolHistograms } from './pool-histograms.ts';
import { QueueDeadlines } from './queue-deadlines.ts';
import { PromiseTask, type Task, type TaskOwner } from './task.ts';
import { TaskQueue } from './task-queue.ts';
import { MAX_TIMEOUT_MS } from './wait.ts';
import { FullPoolWarning, WARNING_CONTEXTS } from './warnings.ts';

export interface GreenPoolStats extends Partial<PoolHistogramStats> {
  readonly name: string;
  readonly maxWorkers: number;
  readonly maxQueue: number;
  /** Workers with a task, running or suspended. Nested work may take it above `maxWorkers`. */
  readonly active: number;
  /** Tasks that wait for a worker. */
  readonly queued: number;
  /** The most workers that were ever active at once. */
  readonly peak: number;
  /** Tasks that returned, threw, and were refused because the pool was full. */
  readonly completed: number;
  readonly failed: number;
  readonly rejected: number;
  /** Tasks that no worker came free for in time; they count as failed too. */
  readonly queueTimeouts: number;
  /** Tasks that ended by a cancellation; they count as failed too. */
  readonly cancelled: number;
  /** Cancelled tasks that did not end by themselves and were destroyed; they count as cancelled too. */
  readonly discarded: number;
  /** How long tasks have lately held a worker, in milliseconds: a moving mean. */
  readonly meanTaskMs: number;
}

const SHUTDOWN_OPTIONS = { drain: undefined };

export class GreenPool {
  #maxWorkers: number;
  readonly #maxQueue: number;
  readonly #queueTimeoutMs: number;
  readonly #queue: TaskQueue;
  readonly #deadlines: QueueDeadlines;
  readonly #nested: NestedWork | null;
  readonly #owner: TaskOwner;
  readonly #counters = new PoolCounters();
  readonly #histograms: PoolHistograms | null;
  readonly #fullWarning = new FullPoolWarning();
  readonly #drain: PoolDrain;
  #feeding = false;
  #closed: Promise<void> | null = null;
  #reportIdle: (() => void) | null = null;

  /**
   * @param options - limits; unset ones are taken from {@link GREEN_POOL_DEFAULTS}.
   * @throws `GREEN_ERR_OPT_INVALID` for an unknown option, or one out of its range.
   */
  constructor(options: GreenPoolOptions = {}) {
    const resolved = resolveGreenPoolOptions(options);
    this.#maxWorkers = resolved.maxWorkers;
    this.#maxQueue = resolved.maxQueue;
    this.#queueTimeoutMs = resolved.queueTimeout;
    this.#queue = new TaskQueue(resolved.order);
    this.#deadlines = new QueueDeadlines(this.#queue, (task) => this.#expireQueued(task));
    this.#nested = resolved.nested === 'exempt' ? new NestedWork() : null;
    this.#histograms = resolved.histograms ? new PoolHistograms() : null;
    this.#owner = {
      name: resolved.name,
      cleanupTimeoutMs: resolved.cleanupTimeout,
      longRunMs: resolved.longRunWarning === 0 ? Number.POSITIVE_INFINITY : resolved.longRunWarning,
      taskBegins: this.#nested === null ? null : (task) => this.#nested?.begin(task),
      removeQueued: (task) => this.#removeQueued(task),
      taskFinished: (context, task) => this.#taskFinished(context, task),
    };
    this.#drain = new PoolDrain({
      name: resolved.name,
      cleanupTimeoutMs: resolved.cleanupTimeout,
      cancelQueued: () => this.#cancelQueued(),
      activeTasks: () => this.#activeTasks(),
      dump: () => this.dump({ limit: WARNING_CONTEXTS }),
    });
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
   *   `GREEN_ERR_POOL_CLOSED` after shutdown(); `GREEN_ERR_POOL_QUEUE_TIMEOUT` when none came free in time;
   *   `GREEN_ERR_CANCELLED` when `timeout` or `signal` cancelled it, or a
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
    assertKnownKeys(options, SHUTDOWN_OPTIONS, 'shutdown() options');
    const { drain } = options;
    if (drain !== undefined) assertInteger('drain', drain, 0, MAX_TIMEOUT_MS);
    this.#closed ??= new Promise((resolve) => {
      this.#reportIdle = resolve;
      this.#feed();
    });
    if (drain !== undefined && this.#counters.active > 0) this.#drain.cancelIn(drain);
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
   *
   * @throws `GREEN_ERR_OPT_INVALID` for a bad `limit`.
   */
  dump(options?: DumpOptions): ContextDump {
    return dumpOf(this.#activeTasks(), this.#queue, this.#counters.active, options);
  }

  /** The name that dumps, warnings and metrics show. */
  get name(): string {
    return this.#owner.name as string;
  }

  /** Live counts, as a fresh object. */
  get stats(): GreenPoolStats {
    const { active, peak, completed, failed, rejected, cancelled, discarded, queueTimeouts, meanTaskMs } =
      this.#counters;
    return {
      name: this.name,
      maxWorkers: this.#maxWorkers,
      maxQueue: this.#maxQueue,
      active,
      queued: this.#queue.size,
      peak,
      completed,
      failed,
      rejected,
      queueTimeouts,
      cancelled,
      discarded,
      meanTaskMs,
      ...this.#histograms?.stats,
    };
  }

  /**
   * Whether a task would be refused now, unless it is nested. Cheaper than `stats`.
   *
   * @internal
   */
  get refuses(): boolean {
    return this.#closed !== null || (this.#counters.active >= this.#maxWorkers && this.#queue.size >= this.#maxQueue);
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
    if (!this.refuses || this.#nested?.isHere === true) return;
    if (this.#closed !== null) throw new PoolClosedError();
    this.#counters.rejected++;
    const error = new PoolFullError(this.#counters.active, this.#queue.size, this.#maxWorkers, this.#maxQueue);
    this.#fullWarning.emit(`Pool ${this.name}: ${error.message}`, () => this.dump({ limit: WARNING_CONTEXTS }));
    throw error;
  }

  /**
   * Starts or queues a task made for this pool: after assertAdmits(), or, for the continuation of something that was
   * admitted, without.
   *
   * @internal
   * @throws `GREEN_ERR_ADDON_UNSUPPORTED`, `GREEN_ERR_POOL_NO_STACK`, at once; the task is then never settled.
   */
  dispatch(task: Task): void {
    task.owner = this.#owner;
    const free = this.#counters.active < this.#maxWorkers && this.#queue.size === 0;
    if (free || this.#nested?.isHere === true) {
      this.#start(acquireContext(), task);
      return;
    }
    task.previouslyQueued = true;
    this.#queue.push(task);
    this.#deadlines.set(task, task.queueTimeoutMs ?? this.#queueTimeoutMs);
  }

  #submitWithLimits<R>(fn: () => R, options: SubmitOptions): Promise<Awaited<R>> {
    assertSubmitOptions(options);
    if (options.signal?.aborted === true) throw new CancelledError('explicit', options.signal.reason);
    if (this.runsHere()) return Promise.resolve(runInlineWithLimits(fn, options));
    this.assertAdmits();
    const task = new LimitedTask<R>(fn, options);
    this.dispatch(task);
    task.arm();
    return task.promise;
  }

  #start(context: GreenContext, task: Task): void {
    this.#counters.started();
    context.start(task);
  }

  #removeQueued(task: Task): void {
    this.#queue.remove(task);
    this.#counters.cancelledInQueue();
  }

  #expireQueued(task: Task): void {
    this.#queue.remove(task);
    this.#counters.expiredInQueue();
    const limitMs = task.queuedUntilMs - task.queuedAtMs;
    task.end(true, new QueueTimeoutError(limitMs, this.#counters.active, this.#queue.size, this.#maxWorkers));
  }

  #cancelQueued(): void {
    for (let task = this.#queue.first; task !== null; task = this.#queue.first) task.requestCancel('shutdown');
  }

  #taskFinished(context: GreenContext | null, task: Task): void {
    this.#counters.ended(task);
    this.#histograms?.record(task.times);
    if (context === null) this.#counters.discarded++;
    else releaseContext(context);
    this.#feed();
  }

  // A loop, not recursion: a task that ends without suspending comes back here through taskFinished().
  #feed(): void {
    if (this.#feeding) return;
    this.#feeding = true;
    while (this.#counters.active < this.#maxWorkers && this.#queue.size > 0) {
      this.#deadlines.expireFirst();
      if (this.#queue.size > 0 && !this.#startQueued()) break;
    }
    this.#feeding = false;
    if (this.#counters.active > 0) return;
    this.#drain.done();
    this.#reportIdle?.();
  }

  // False if the system refuses a stack: the contexts there are will take the queue over as they come free.
  #startQueued(): boolean {
    let context: GreenContext;
    try {
      context = acquireContext();
    } catch (error) {
      if (this.#counters.active > 0) return false;
      this.#counters.failed++;
      (this.#queue.shift() as Task).end(true, error);
      return true;
    }
    this.#start(context, this.#queue.shift() as Task);
    return true;
  }

  #activeTasks(): Task[] {
    const tasks: Task[] = [];
    for (const { task } of allContexts()) if (task !== null && task.owner === this.#owner) tasks.push(task);
    return tasks;
  }
}
