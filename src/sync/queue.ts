// Items from contexts, and from anywhere, to contexts. After Python's queue.Queue with the shutdown() of Python 3.13, but
// handed over directly: who waits for an item gets the next one, and who waits for room gets the next room.

import { InvalidOptionError, QueueClosedError, SyncMisuseError } from '../errors.ts';
import { assertBoolean, assertKnownKeys, assertLimits, type WaitOptions } from '../pool/index.ts';
import { Exchange } from './exchange.ts';
import { Primitive, type SyncOptions } from './primitive.ts';
import { FifoStore, type QueueStore } from './queue-stores.ts';
import { startWait, WaitLine } from './wait-line.ts';

export interface QueueOptions extends SyncOptions {
  /** How many items may lie here; who puts more waits. 1 or more. Default: Infinity. */
  maxSize?: number;
}

export interface QueueShutdownOptions {
  /** Drops what lies here, as if it were done. Default: it may still be got. */
  immediate?: boolean;
}

export interface QueueStats {
  /** Items that lie here. */
  readonly size: number;
  readonly maxSize: number;
  /** Items that were put, and not yet told to be done. */
  readonly unfinished: number;
  /** Contexts that wait for an item, for room, and in `join()`. */
  readonly getters: number;
  readonly putters: number;
  readonly joiners: number;
  /** Items that were ever put. */
  readonly put: number;
  readonly closed: boolean;
}

const SHUTDOWN_OPTIONS = { immediate: undefined };

/**
 * A queue: first in, first out.
 *
 * @example
 * ```ts
 * import { spawn } from 'greenroom';
 * import { Queue } from 'greenroom/sync';
 *
 * const jobs = new Queue({ maxSize: 100, name: 'jobs' });
 * spawn(() => {
 *   for (const job of jobs) {
 *     work(job);
 *     jobs.taskDone();
 *   }
 * });
 * function handler(job) {
 *   jobs.put(job, { timeout: 1000 }); // waits while 100 lie here
 * }
 * ```
 * @see docs/sync.md
 */
export class Queue<T> extends Primitive implements Iterable<T>, Disposable {
  readonly maxSize: number;
  readonly #exchange: Exchange<T>;
  readonly #joiners = new WaitLine();
  #unfinished = 0;
  #put = 0;

  /**
   * @param store - where items lie, and in which order; first in, first out unless given.
   * @param others - what else `options` may have.
   */
  constructor(options: QueueOptions = {}, store: QueueStore<T> = new FifoStore<T>(), others: object = {}) {
    super(options, { maxSize: undefined, ...others });
    const { maxSize = Number.POSITIVE_INFINITY } = options;
    if (maxSize !== Number.POSITIVE_INFINITY && !(Number.isInteger(maxSize) && maxSize >= 1)) {
      throw new InvalidOptionError('maxSize', 'an integer of 1 or more, or Infinity', maxSize);
    }
    this.maxSize = maxSize;
    const came = (): void => {
      this.#put++;
      this.#unfinished++;
    };
    // Items may have been told to be done before they were got.
    const dropped = (): void => {
      if (this.#unfinished > 0) this.taskDone();
    };
    this.#exchange = new Exchange(this, maxSize, store, came, dropped);
  }

  /**
   * Adds an item. Suspends the context while the queue is full, until it is its turn; a waiter that is cancelled, or whose
   * time is over, adds nothing. With no `maxSize` it never suspends, and may be called anywhere.
   *
   * @param options - limits of the waiting; see `wait()`.
   * @throws `GREEN_ERR_QUEUE_CLOSED` after `shutdown()`, or when that comes while it waits.
   * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`
   *   and `GREEN_ERR_OPT_INVALID` as `wait()`.
   */
  put(item: T, options: WaitOptions = {}): void {
    const bounded = this.maxSize !== Number.POSITIVE_INFINITY;
    if (!bounded) assertLimits(options);
    const context = bounded ? startWait('queue.put()', options) : null;
    this.#exchange.assertOpen();
    if (context !== null && this.#exchange.full) this.#exchange.waitToAdd(context, item, options);
    else this.#exchange.add(item);
  }

  /**
   * Adds an item if there is room; false if there is not. Never suspends, and may be called anywhere.
   *
   * @throws `GREEN_ERR_QUEUE_CLOSED` after `shutdown()`.
   */
  tryPut(item: T): boolean {
    this.#exchange.assertOpen();
    if (this.#exchange.full) return false;
    this.#exchange.add(item);
    return true;
  }

  /**
   * Takes the next item out. Suspends the context until there is one and those who asked before have theirs. A waiter that
   * is cancelled, or whose time is over, takes none.
   *
   * @param options - limits of the waiting; see `wait()`.
   * @throws `GREEN_ERR_QUEUE_CLOSED` after `shutdown()` when none is left, or when that comes while it waits.
   * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`
   *   and `GREEN_ERR_OPT_INVALID` as `wait()`.
   */
  get(options: WaitOptions = {}): T {
    const context = startWait('queue.get()', options);
    return this.#exchange.size > 0 ? this.#exchange.take() : this.#exchange.waitToTake(context, options);
  }

  /**
   * Takes the next item out if there is one; else returns `fallback`. Never suspends, and may be called anywhere.
   *
   * @throws `GREEN_ERR_QUEUE_CLOSED` after `shutdown()` when none is left.
   */
  tryGet(): T | undefined;
  tryGet<D>(fallback: D): T | D;
  tryGet<D>(fallback?: D): T | D | undefined {
    if (this.#exchange.size > 0) return this.#exchange.take();
    this.#exchange.assertOpen();
    return fallback;
  }

  /**
   * Says that an item that was got is done; see `join()`. Never suspends, and may be called anywhere.
   *
   * @throws `GREEN_ERR_SYNC_MISUSE` when called more often than items were put.
   */
  taskDone(): void {
    if (this.#unfinished === 0) {
      throw new SyncMisuseError(
        this.description,
        `taskDone() was called more often than the ${this.#put} items were put. Call it once for each item that was got`,
      );
    }
    if (--this.#unfinished === 0) this.#joiners.grantAll(undefined);
  }

  /**
   * Suspends the context until `taskDone()` was called for every item that was put.
   *
   * @param options - limits of the waiting; see `wait()`.
   * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`
   *   and `GREEN_ERR_OPT_INVALID` as `wait()`.
   */
  join(options: WaitOptions = {}): void {
    const context = startWait('queue.join()', options);
    if (this.#unfinished > 0) this.#joiners.wait(context, this, 'queue.join()', options, undefined);
  }

  /**
   * Takes no more items: whoever waits for room, or for an item that cannot come any more, gets an error. What lies here
   * may still be got, unless `immediate`. Never suspends, and may be called anywhere, again too.
   */
  shutdown(options: QueueShutdownOptions = {}): void {
    assertKnownKeys(options, SHUTDOWN_OPTIONS, 'shutdown() options');
    const { immediate = false } = options;
    assertBoolean('immediate', immediate);
    this.#exchange.close();
    if (immediate) this.#exchange.drop();
  }

  /** As `shutdown()`. */
  [Symbol.dispose](): void {
    this.shutdown();
  }

  /** Gets item after item until the queue is shut down and empty. Suspends the context as `get()` does. */
  *[Symbol.iterator](): Generator<T, void, void> {
    for (;;) {
      let item: T;
      try {
        item = this.get();
      } catch (error) {
        if (error instanceof QueueClosedError) return;
        throw error;
      }
      yield item;
    }
  }

  /** Items that lie here. */
  get size(): number {
    return this.#exchange.size;
  }

  /** Whether `shutdown()` was called. */
  get closed(): boolean {
    return this.#exchange.closed;
  }

  get stats(): QueueStats {
    const { size, getters, putters, closed } = this.#exchange;
    return {
      size,
      maxSize: this.maxSize,
      unfinished: this.#unfinished,
      getters,
      putters,
      joiners: this.#joiners.size,
      put: this.#put,
      closed,
    };
  }
}
