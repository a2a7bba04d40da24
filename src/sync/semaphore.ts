// Bounds how many are in a place at once. After Python's threading.Semaphore: permits have no owner, so one task may take
// one and another, or an event handler, give it back.
//
// Invariant: contexts wait only when no permit is free.

import { assertFunction, assertInteger, isThenable, type WaitOptions, wait } from '../pool/index.ts';
import { guardOf, holding, type SyncGuard } from './guard.ts';
import { Primitive, type SyncOptions } from './primitive.ts';
import { startWait, WaitLine } from './wait-line.ts';

export interface SemaphoreStats {
  /** Permits that are free. */
  readonly available: number;
  /** Contexts that wait for one. */
  readonly waiting: number;
  /** How often one was taken, and how often somebody had to wait for that. */
  readonly acquired: number;
  readonly contended: number;
}

/**
 * So many permits; who takes one waits until one is free, first come, first served.
 *
 * @example
 * ```ts
 * import { Semaphore } from 'greenroom/sync';
 *
 * const uploads = new Semaphore(4, { name: 'uploads' });
 * function upload(file) {
 *   using _permit = uploads.acquire({ timeout: 10_000 });
 *   // … at most four at once.
 * }
 * ```
 * @see docs/sync.md
 */
export class Semaphore extends Primitive {
  #available: number;
  #acquired = 0;
  #contended = 0;
  readonly #line = new WaitLine();

  /** @param permits - how many are free at first: 0 or more. */
  constructor(permits = 1, options: SyncOptions = {}) {
    assertInteger('permits', permits, 0, Number.MAX_SAFE_INTEGER);
    super(options);
    this.#available = permits;
  }

  /**
   * Takes a permit; suspends the context until one is free and those who asked before have theirs. A waiter that is
   * cancelled, or whose time is over, takes none.
   *
   * @param options - limits of the waiting; see `wait()`.
   * @returns what gives it back, for `using`. A permit that is given back with `release()` is not to be given back by it.
   * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`
   *   and `GREEN_ERR_OPT_INVALID` as `wait()`.
   */
  acquire(options: WaitOptions = {}): SyncGuard {
    const context = startWait('semaphore.acquire()', options);
    if (this.#available > 0) this.#available--;
    else {
      this.#contended++;
      this.#line.wait(context, this, 'semaphore.acquire()', options, undefined, { lost: this.#giveBackLost });
    }
    this.#acquired++;
    return this.#guard();
  }

  /** Takes a permit if one is free: the guard, or null. Never suspends, and may be called anywhere. */
  tryAcquire(): SyncGuard | null {
    if (this.#available === 0) return null;
    this.#available--;
    this.#acquired++;
    return this.#guard();
  }

  /**
   * Gives back `count` permits, or adds them. Never suspends, and may be called anywhere.
   *
   * @param count - 1 or more.
   * @throws `GREEN_ERR_OPT_INVALID` for a bad `count`.
   * @throws `GREEN_ERR_SYNC_MISUSE`, of a BoundedSemaphore, when there would be more than at first.
   */
  release(count = 1): void {
    assertInteger('count', count, 1, Number.MAX_SAFE_INTEGER);
    this.#giveBack(count);
  }

  /**
   * Takes a permit, calls `fn()`, gives the permit back, and returns what `fn` returned, or what that resolves to. Unlike
   * one of `acquire()`, the permit also comes back when the task is destroyed in `fn`. Suspends the context as `acquire()`
   * and `fn` do.
   *
   * @throws as {@link Semaphore.acquire}, and what `fn` throws.
   */
  run<V>(fn: () => V, options: WaitOptions = {}): Awaited<V> {
    assertFunction('run() argument', fn);
    const { release } = this.acquire(options);
    const call = (): Awaited<V> => {
      const value = fn();
      return (isThenable(value) ? wait(value) : value) as Awaited<V>;
    };
    return holding(release, call, this.#giveBackLost);
  }

  /** Permits that are free. */
  get available(): number {
    return this.#available;
  }

  get stats(): SemaphoreStats {
    return {
      available: this.#available,
      waiting: this.#line.size,
      acquired: this.#acquired,
      contended: this.#contended,
    };
  }

  /** Called before `count` permits come back; throws if they must not. */
  protected assertMayRelease(_count: number): void {}

  #giveBack(count: number): void {
    this.assertMayRelease(count);
    let left = count;
    while (left > 0 && this.#line.grant(undefined) !== null) left--;
    this.#available += left;
  }

  // For a task that was destroyed, where an error would reach nobody but the pool that destroys it.
  readonly #giveBackLost = (): void => {
    try {
      this.#giveBack(1);
    } catch {
      // Somebody has given it back already, once too often.
    }
  };

  #guard(): SyncGuard {
    return guardOf(() => this.#giveBack(1));
  }
}
