// eventsOf(): on() without the promises.

import { type EventEmitter, on } from 'node:events';

import { type WaitOptions, wait } from '../../pool/index.ts';
import { CallLimits } from '../call-limits.ts';

export interface EventsOptions extends WaitOptions {
  /** Events that end the iteration. */
  close?: string[];
  /** From how many waiting events on the emitter is paused, if it can be. */
  highWaterMark?: number;
  /** Down to how many waiting events the emitter stays paused. */
  lowWaterMark?: number;
}

/**
 * The arguments of each `event` from now on, an array at a time. Each step **suspends the context** until the next one
 * comes; those that come meanwhile wait, without limit unless the emitter can be paused. The end of the loop, however it
 * comes, removes the listeners, and so does `using`. A `next()` that is out of time loses no event, and can be called again.
 *
 * @param emitter - an EventEmitter or EventTarget.
 * @param options - `close`, `highWaterMark` and `lowWaterMark` as in Node's `on()` (the marks since Node 20); `timeout` and
 *   `signal` limit each step, as in `wait()`.
 * @throws (from a step) the argument of an `'error'` event; and as `wait()`: `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`,
 *   `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`.
 * @throws Node's own errors for bad arguments, and `GREEN_ERR_OPT_INVALID`, at once.
 * @example
 * ```ts
 * import { watch } from 'node:fs';
 * import { run } from 'greenroom';
 * import { eventsOf } from 'greenroom/std/events';
 *
 * await run(() => {
 *   for (const [kind, name] of eventsOf(watch('.'), 'change', { close: ['close'] })) console.log(kind, name);
 * });
 * ```
 */
export function eventsOf(
  emitter: EventEmitter | EventTarget,
  event: string | symbol,
  { timeout, signal, ...options }: EventsOptions = {},
): EventIterator {
  new CallLimits('eventsOf()', { timeout, signal });
  return new EventIterator(on(emitter as EventEmitter, event as string, options as object), { timeout, signal });
}

/** See {@link eventsOf}. */
export class EventIterator implements Iterator<unknown[]>, Iterable<unknown[]>, Disposable {
  readonly #events: AsyncIterator<unknown[]>;
  readonly #options: WaitOptions;
  /** Asked for by a step that did not see it. */
  #pending: Promise<IteratorResult<unknown[]>> | null = null;

  /** @internal */
  constructor(events: AsyncIterator<unknown[]>, options: WaitOptions) {
    this.#events = events;
    this.#options = options;
  }

  /** The next event's arguments. Suspends the context until it comes. */
  next(): IteratorResult<unknown[]> {
    const limits = new CallLimits('eventsOf()', this.#options);
    const waiter = limits.newWaiter();
    const pending = this.#pending ?? this.#events.next();
    this.#pending = pending;
    const settled = (): void => {};
    waiter.subscribe(pending.then(settled, settled));
    limits.wait(waiter); // out of time, it throws, and the event is the next step's
    this.#pending = null;
    return wait(pending);
  }

  /** Removes the listeners. Never suspends. */
  return(): IteratorResult<unknown[]> {
    void this.#events.return?.();
    return { done: true, value: undefined };
  }

  /** The steps of a loop; the listeners are gone with it, also when a step throws, of which a loop tells nobody. */
  *[Symbol.iterator](): Generator<unknown[], void, undefined> {
    try {
      for (let step = this.next(); step.done !== true; step = this.next()) yield step.value;
    } finally {
      this.return();
    }
  }

  [Symbol.dispose](): void {
    this.return();
  }
}
