// A request's work that is a thenable by itself, which spares a promise per request: Fastify subscribes once, at once, and
// asks for nothing back. Who stands in between, @fastify/otel or an asynchronous wrapper of the handler, may do otherwise,
// and gets what a promise would give.

import { LazyPromise } from './lazy-promise.ts';
import { RequestTask } from './request-task.ts';

type Fulfilled = (payload: unknown) => unknown;
type Rejected = (error: unknown) => unknown;

export abstract class ThenableTask extends RequestTask {
  #onFulfilled: Fulfilled | null = null;
  #onRejected: Rejected | null = null;
  /** What the first then() gave. */
  #next: LazyPromise | null = null;
  /** The outcome, for all but the first who ask. */
  #own: LazyPromise | null = null;

  // biome-ignore lint/suspicious/noThenProperty: Fastify asks for no more of an asynchronous result than then().
  then(onFulfilled?: Fulfilled | null, onRejected?: Rejected | null): PromiseLike<unknown> {
    if (this.#own === null && this.#next === null && onFulfilled && onRejected) {
      this.#onFulfilled = onFulfilled;
      this.#onRejected = onRejected;
      this.#next = new LazyPromise();
      return this.#next as PromiseLike<unknown>;
    }
    this.#own ??= new LazyPromise();
    return this.#own.then(onFulfilled, onRejected);
  }

  protected deliver(failed: boolean, value: unknown): void {
    const handler = failed ? this.#onRejected : this.#onFulfilled;
    if (handler === null) this.#own ??= new LazyPromise(); // nobody has asked yet: `await` does so a moment later
    this.#own?.settle(failed, value);
    if (handler === null) return;
    try {
      this.#next?.settle(false, handler(value));
    } catch (error) {
      this.#next?.settle(true, error);
    }
  }
}
