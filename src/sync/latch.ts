// Waiting until so many things are done. Java's CountDownLatch; with add(), Go's WaitGroup.

import { SyncMisuseError } from '../errors.ts';
import { assertInteger, type WaitOptions } from '../pool/index.ts';
import { guardOf, type SyncGuard } from './guard.ts';
import { Primitive, type SyncOptions } from './primitive.ts';
import { startWait, WaitLine } from './wait-line.ts';

export interface LatchStats {
  /** What is still to be done. */
  readonly count: number;
  /** Contexts that wait for that. */
  readonly waiting: number;
}

/**
 * A count that goes down to zero; contexts wait for that.
 *
 * @example
 * ```ts
 * import { spawn } from 'greenroom';
 * import { Latch } from 'greenroom/sync';
 *
 * const jobs = new Latch(0, { name: 'jobs' });
 * function all(inputs) {
 *   for (const input of inputs) {
 *     const job = jobs.add();
 *     spawn(() => {
 *       using _done = job;
 *       work(input);
 *     });
 *   }
 *   jobs.wait();
 * }
 * ```
 * @see docs/sync.md
 */
export class Latch extends Primitive {
  #count: number;
  readonly #line = new WaitLine();

  /** @param count - how many things are to be done: 0 or more. */
  constructor(count = 0, options: SyncOptions = {}) {
    assertInteger('count', count, 0, Number.MAX_SAFE_INTEGER);
    super(options);
    this.#count = count;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Adds `count` more things to do. Never suspends, and may be called anywhere.
   *
   * @returns what counts the same down again, for `using`.
   * @throws `GREEN_ERR_OPT_INVALID` for a bad `count`.
   */
  add(count = 1): SyncGuard {
    assertInteger('count', count, 1, Number.MAX_SAFE_INTEGER);
    this.#count += count;
    return guardOf(() => this.countDown(count));
  }

  /**
   * Says that `count` things are done; at zero all who wait go on. Never suspends, and may be called anywhere.
   *
   * @throws `GREEN_ERR_SYNC_MISUSE` when fewer are to be done; `GREEN_ERR_OPT_INVALID` for a bad `count`.
   */
  countDown(count = 1): void {
    assertInteger('count', count, 1, Number.MAX_SAFE_INTEGER);
    if (count > this.#count) {
      throw new SyncMisuseError(
        this.description,
        `${count} counted down with ${this.#count} to be done. Count each thing down once`,
      );
    }
    this.#count -= count;
    if (this.#count === 0) this.#line.grantAll(undefined);
  }

  /**
   * Suspends the context until the count is zero, unless it is. Who waited when it was goes on, even if more was added
   * meanwhile.
   *
   * @param options - limits of the waiting; see `wait()`.
   * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`
   *   and `GREEN_ERR_OPT_INVALID` as `wait()`.
   */
  wait(options: WaitOptions = {}): void {
    const context = startWait('latch.wait()', options);
    if (this.#count > 0) this.#line.wait(context, this, 'latch.wait()', options, undefined);
  }

  get stats(): LatchStats {
    return { count: this.#count, waiting: this.#line.size };
  }
}
