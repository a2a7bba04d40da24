// A place where so many contexts wait for each other. After Python's threading.Barrier, except that those who come while
// the action of a full barrier runs are the first of the next round, and need not wait for the others to leave.
//
// Invariant: of the round that gathers, exactly `#round.size` parties wait; once full, it is cut off and replaced, so
// that whoever leaves it then breaks nothing.

import { BarrierBrokenError } from '../errors.ts';
import { assertFunction, assertInteger, assertLimits, isThenable, type WaitOptions, wait } from '../pool/index.ts';
import { holding } from './guard.ts';
import { Primitive, type SyncOptions } from './primitive.ts';
import { startWait, WaitLine } from './wait-line.ts';

export interface BarrierOptions extends SyncOptions {
  /** Called by the last to come, before anybody goes on. It may wait. */
  action?: () => unknown;
  /** How long `wait()` waits unless told otherwise, in milliseconds. Default: for ever. */
  timeout?: number;
}

export interface BarrierStats {
  readonly parties: number;
  /** Contexts that wait for the others. */
  readonly waiting: number;
  readonly broken: boolean;
  /** How often it was full. */
  readonly trips: number;
}

type Fate = 'passed' | 'broken';

/**
 * Makes `parties` contexts wait until the last of them has come, again and again.
 *
 * @example
 * ```ts
 * import { Barrier } from 'greenroom/sync';
 *
 * const together = new Barrier(3, { name: 'start', timeout: 5000 });
 * function worker() {
 *   prepare();
 *   if (together.wait() === 0) console.log('the first to come, and all are ready');
 * }
 * ```
 * @see docs/sync.md
 */
export class Barrier extends Primitive {
  readonly parties: number;
  readonly #action: (() => unknown) | undefined;
  readonly #timeout: number | undefined;
  #round = new WaitLine<Fate>();
  #broken = false;
  #trips = 0;

  /** @param parties - how many wait for each other: 1 or more. */
  constructor(parties: number, options: BarrierOptions = {}) {
    assertInteger('parties', parties, 1, Number.MAX_SAFE_INTEGER);
    super(options, { action: undefined, timeout: undefined });
    if (options.action !== undefined) assertFunction('action', options.action);
    assertLimits({ timeout: options.timeout });
    this.parties = parties;
    this.#action = options.action;
    this.#timeout = options.timeout;
  }

  /**
   * Suspends the context until all parties have come. A party that gives up waiting, by a timeout or a cancellation, or
   * is destroyed, breaks the barrier for all, since it will not come.
   *
   * @param options - limits of the waiting; see `wait()`. They do not count for the action.
   * @returns how many came before: 0 for the first, `parties - 1` for the last.
   * @throws `GREEN_ERR_BARRIER_BROKEN` when the barrier is broken, or breaks meanwhile; the last to come throws what the
   *   action threw.
   * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`
   *   and `GREEN_ERR_OPT_INVALID` as `wait()`.
   */
  wait(options: WaitOptions = {}): number {
    const context = startWait('barrier.wait()', options);
    const limits = { ...options, timeout: options.timeout ?? this.#timeout };
    const round = this.#round;
    const index = round.size;
    const last = index === this.parties - 1;
    if (last && round.deserted) this.abort();
    if (this.#broken) throw new BarrierBrokenError(this.description);
    if (last) this.#pass(round);
    else {
      const left = (): void => {
        if (round === this.#round) this.abort();
      };
      const fate = round.wait(context, this, 'barrier.wait()', limits, undefined, { left });
      if (fate === 'broken') throw new BarrierBrokenError(this.description);
    }
    return index;
  }

  /** Breaks the barrier: all who wait, or come until `reset()`, get an error. Never suspends; callable anywhere. */
  abort(): void {
    this.#broken = true;
    this.#startRound().grantAll('broken');
  }

  /** Makes the barrier empty and whole; all who wait get an error. Never suspends, and may be called anywhere. */
  reset(): void {
    this.#broken = false;
    this.#startRound().grantAll('broken');
  }

  get broken(): boolean {
    return this.#broken;
  }

  get stats(): BarrierStats {
    return { parties: this.parties, waiting: this.#round.size, broken: this.#broken, trips: this.#trips };
  }

  #pass(round: WaitLine<Fate>): void {
    this.#startRound();
    if (this.#action !== undefined) this.#act(this.#action, round);
    this.#trips++;
    round.grantAll('passed');
  }

  // Unless the action has come to its end, the barrier is broken: also if its task was destroyed in it.
  #act(action: () => unknown, round: WaitLine<Fate>): void {
    let done = false;
    const end = (): void => {
      if (done) return;
      round.grantAll('broken');
      this.abort();
    };
    holding(end, () => {
      const value = action();
      if (isThenable(value)) wait(value);
      done = true;
    });
  }

  /** Returns the round that ends. */
  #startRound(): WaitLine<Fate> {
    const round = this.#round;
    this.#round = new WaitLine();
    return round;
  }
}
