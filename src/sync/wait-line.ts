// The line that contexts wait in, first come, first served. After trio's parking lot, with direct hand-over: what is given
// to a waiter is its own from that moment, so nobody who comes later can take it away, and woken waiters need not look
// whether it is still there.
//
// Invariant: what was given is not lost. Who has been given something wakes up with it, cancelled meanwhile or not; if its
// context is destroyed before that, `lost` gets it back. Who gave up waiting is passed over.

import { CancelledError } from '../errors.ts';
import {
  assertLimits,
  contextToSuspend,
  type GreenContext,
  Waiter,
  type WaitOptions,
  type WaitSubject,
  waitWithin,
} from '../pool/index.ts';

export interface LineHooks<T> {
  /** The waiter gave up, or was destroyed, and has got nothing. */
  left?(): void;
  /** The waiter was destroyed with what it had been given. */
  lost?(value: T): void;
}

export class Place<T, R> {
  readonly waiter: Waiter;
  /** What is waited for, in the terms of whoever owns the line. */
  readonly request: R;
  previous: Place<T, R> | null = null;
  next: Place<T, R> | null = null;
  inLine = false;
  granted = false;
  value: T | undefined = undefined;

  constructor(waiter: Waiter, request: R) {
    this.waiter = waiter;
    this.request = request;
  }
}

export class WaitLine<T = undefined, R = undefined> {
  #first: Place<T, R> | null = null;
  #last: Place<T, R> | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Whether somebody in it has given up, and has not woken up to leave it. */
  get deserted(): boolean {
    for (let place = this.#first; place !== null; place = place.next) if (place.waiter.settled) return true;
    return false;
  }

  get first(): Place<T, R> | null {
    return this.#first;
  }

  /**
   * Suspends `context`, which startWait() has returned, until it is its turn; returns what it was given then.
   *
   * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`
   */
  wait(
    context: GreenContext,
    subject: WaitSubject,
    call: string,
    options: WaitOptions,
    request: R,
    hooks: LineHooks<T> = {},
  ): T {
    const place = new Place<T, R>(new Waiter(context, subject), request);
    this.#append(place);
    // Called by the context itself once it has woken up, or by whoever destroys it.
    const stop = (): void => {
      if (!place.granted) {
        this.#remove(place);
        hooks.left?.();
      } else if (!context.running) hooks.lost?.(place.value as T);
    };
    return waitWithin(place.waiter, call, options, stop) as T;
  }

  /** Gives `value` to the first who still waits, and returns its place; null if nobody does. Never suspends. */
  grant(value: T): Place<T, R> | null {
    while (this.#first !== null) {
      const place = this.grantFirst(value);
      if (place !== null) return place;
    }
    return null;
  }

  /** Gives `value` to the first, and returns its place; null if that one has given up, and is out of the line now. */
  grantFirst(value: T): Place<T, R> | null {
    const place = this.#first as Place<T, R>;
    this.#remove(place);
    place.value = value;
    place.granted = place.waiter.tryFulfil(value);
    return place.granted ? place : null;
  }

  /** Gives `value` to all who wait. */
  grantAll(value: T): void {
    while (this.#first !== null) this.grantFirst(value);
  }

  #append(place: Place<T, R>): void {
    place.previous = this.#last;
    if (this.#last === null) this.#first = place;
    else this.#last.next = place;
    this.#last = place;
    place.inLine = true;
    this.#size++;
  }

  #remove(place: Place<T, R>): void {
    if (!place.inLine) return;
    place.inLine = false;
    this.#size--;
    if (place.previous === null) this.#first = place.next;
    else place.previous.next = place.next;
    if (place.next === null) this.#last = place.previous;
    else place.next.previous = place.previous;
    place.previous = null;
    place.next = null;
  }
}

/**
 * Checks what `wait()` checks, so that a call is refused, or hears of a cancellation, whether or not it has to wait.
 * Never suspends.
 *
 * @returns the context that `call` may suspend.
 * @throws `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_OPT_INVALID`
 */
export function startWait(call: string, options: WaitOptions, others?: readonly string[]): GreenContext {
  assertLimits(options, others);
  const context = contextToSuspend(call);
  if (options.signal?.aborted === true) throw new CancelledError('explicit', options.signal.reason);
  context.throwIfCancelled();
  return context;
}
