// Waiting, with a lock held, for what others do under the same lock. After Python's threading.Condition.

import { InvalidOptionError, WaitTimeoutError } from '../errors.ts';
import {
  assertFunction,
  assertInteger,
  type GreenContext,
  isThenable,
  type Task,
  type WaitOptions,
  wait,
} from '../pool/index.ts';
import type { SyncGuard } from './guard.ts';
import { OwnedLock } from './owned-lock.ts';
import { Primitive, type SyncOptions } from './primitive.ts';
import { RLock } from './r-lock.ts';
import { startWait, WaitLine } from './wait-line.ts';

export interface ConditionOptions extends SyncOptions {
  /** A Lock or RLock, shared with other conditions perhaps. Default: an RLock of its own. */
  lock?: OwnedLock;
}

export interface ConditionStats {
  /** Contexts that wait to be notified. */
  readonly waiting: number;
  /** How many were notified so far. */
  readonly notified: number;
}

/**
 * A lock, and a line of contexts that have given it up until somebody notifies them.
 *
 * @example
 * ```ts
 * import { Condition } from 'greenroom/sync';
 *
 * const stock = new Condition({ name: 'stock' });
 * let count = 0;
 * function take() {
 *   using _held = stock.acquire();
 *   stock.waitFor(() => count > 0, { timeout: 1000 });
 *   count--;
 * }
 * function deliver(more) {
 *   using _held = stock.acquire();
 *   count += more;
 *   stock.notify(more);
 * }
 * ```
 * @see docs/sync.md
 */
export class Condition extends Primitive {
  readonly lock: OwnedLock;
  readonly #line = new WaitLine();
  #notified = 0;

  constructor(options: ConditionOptions = {}) {
    super(options, { lock: undefined });
    const { lock = new RLock({ name: this.name }) } = options;
    if (!(lock instanceof OwnedLock)) throw new InvalidOptionError('lock', 'a Lock or RLock', lock);
    this.lock = lock;
  }

  /** Takes the lock: its `acquire()`. Suspends the context while another one has it. */
  acquire(options: WaitOptions = {}): SyncGuard {
    return this.lock.acquire(options);
  }

  /** Takes the lock if that needs no waiting: its `tryAcquire()`. Never suspends. */
  tryAcquire(): SyncGuard | null {
    return this.lock.tryAcquire();
  }

  /** Gives the lock back: its `release()`. Never suspends. */
  release(): void {
    this.lock.release();
  }

  /**
   * Gives the lock up, suspends the context until notified, and takes the lock back: it is held whenever this ends, by an
   * error too. So a cancellation that comes while it takes the lock back is held off until it has it. A waiter that is
   * cancelled, or whose time is over, takes no notification: one that was on its way goes to the next.
   *
   * @param options - limits of waiting to be notified; see `wait()`. Taking the lock back has none.
   * @throws `GREEN_ERR_LOCK_MISUSE` when the caller does not hold the lock.
   * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`
   *   and `GREEN_ERR_OPT_INVALID` as `wait()`.
   */
  wait(options: WaitOptions = {}): void {
    const context = startWait('condition.wait()', options);
    this.lock.assertHeld();
    const hold = this.lock.giveUp();
    let notified = false;
    const passOn = (): void => {
      this.#line.grant(undefined);
    };
    try {
      this.#line.wait(context, this, 'condition.wait()', options, undefined, { lost: passOn });
      notified = true;
    } finally {
      shielded(context, () => {
        this.lock.takeBack(context, hold, () => {
          if (notified) passOn();
        });
      });
    }
  }

  /**
   * Waits until `predicate()`, called with the lock held, is true, and returns what it returned; a promise of that is
   * waited for. Suspends the context unless it is true at once. When the time is over `predicate` has the last word.
   *
   * @param options - limits of all the waiting to be notified together.
   * @throws as {@link Condition.wait}, and what `predicate` throws.
   */
  waitFor<V>(predicate: () => V, options: WaitOptions = {}): Awaited<V> {
    assertFunction('predicate', predicate);
    startWait('condition.waitFor()', options);
    this.lock.assertHeld();
    const { timeout } = options;
    const startedAtMs = performance.now();
    for (;;) {
      const value = predicate();
      const outcome = (isThenable(value) ? wait(value) : value) as Awaited<V>;
      if (outcome) return outcome;
      const elapsedMs = performance.now() - startedAtMs;
      if (timeout !== undefined && elapsedMs >= timeout) {
        throw new WaitTimeoutError('condition.waitFor()', timeout, elapsedMs);
      }
      const left = timeout === undefined ? undefined : Math.max(1, timeout - elapsedMs);
      try {
        this.wait({ ...options, timeout: left });
      } catch (error) {
        if (!(error instanceof WaitTimeoutError)) throw error;
      }
    }
  }

  /**
   * Notifies those `count` contexts that have waited for longest; fewer, if fewer wait. They go on when they get the
   * lock. Never suspends.
   *
   * @param count - 1 or more.
   * @throws `GREEN_ERR_LOCK_MISUSE` when the caller does not hold the lock; `GREEN_ERR_OPT_INVALID` for a bad `count`.
   */
  notify(count = 1): void {
    assertInteger('count', count, 1, Number.MAX_SAFE_INTEGER);
    this.lock.assertHeld();
    for (let left = count; left > 0 && this.#line.grant(undefined) !== null; left--) this.#notified++;
  }

  /** Notifies all who wait. Never suspends. @throws `GREEN_ERR_LOCK_MISUSE` when the caller does not hold the lock. */
  notifyAll(): void {
    this.notify(Number.MAX_SAFE_INTEGER);
  }

  get stats(): ConditionStats {
    return { waiting: this.#line.size, notified: this.#notified };
  }
}

function shielded(context: GreenContext, fn: () => void): void {
  (context.task as Task).runInScope(true, fn);
}
