// An async iterable for code that knows only `for … of`. After greenback's async_iter, with one thing to settle that Python
// has not: a cancelled wait cannot throw into an async generator, and `for … of` does not close an iterator whose next()
// has thrown. So this one closes it.

import { InvalidOptionError } from '../errors.ts';
import { contextToSuspend, isThenable, Waiter } from '../pool/index.ts';
import { GreenIterator } from './green-iterator.ts';

type Method = (...args: unknown[]) => unknown;

/** A sync view of an async iterator: see {@link asyncIter}. Every method suspends until the async one has settled. */
export interface AsyncIter<T, TReturn = unknown, TNext = unknown>
  extends IteratorObject<T, TReturn, TNext>,
    Disposable {
  next(...value: [] | [TNext]): IteratorResult<T, TReturn>;
  /** Ends the iteration: an async generator runs its `finally` blocks. `break` and `using` call it. */
  return(value?: TReturn): IteratorResult<T, TReturn>;
  /** Throws `error` where an async generator is suspended in its `yield`; another iterator is closed, and this throws. */
  throw(error?: unknown): IteratorResult<T, TReturn>;
  /** `next(value)`, by the name that Python's generators have for it. */
  send(value: TNext): IteratorResult<T, TReturn>;
  /** `return()`, by the name that Python's generators have for it. */
  close(): void;
  [Symbol.iterator](): AsyncIter<T, TReturn, TNext>;
}

/**
 * Iterates over `iterable` in sync style: with `for … of`, spread, `yield*`, `Array.from()`. What `for await` takes is taken:
 * async iterables, or sync ones, whose values are then waited for. On Node 22 and later it has the helpers of iterators,
 * `map()`, `take()` and so on.
 *
 * Never suspends itself; each step suspends the current green context until the async iterator's has settled. Errors are
 * thrown in place, as the very objects they are. Leaving the loop early (`break`, a throw, `using`) calls the async
 * iterator's `return()` and waits for it. A cancellation that comes while a step waits calls `return()`, too, but does not
 * wait for it: a generator cannot begin to clean up before what it awaits has settled.
 *
 * @throws `GREEN_ERR_OPT_INVALID` for what is not iterable. The steps: `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`,
 *   `GREEN_ERR_WAIT_FORBIDDEN` and `GREEN_ERR_CANCELLED` as `wait()`; a `TypeError` for a broken iterator, as `for await`.
 * @example
 * ```ts
 * import { createReadStream } from 'node:fs';
 * import { asyncIter, run } from 'greenroom';
 *
 * await run(() => {
 *   let bytes = 0;
 *   for (const chunk of asyncIter(createReadStream('/etc/hosts'))) bytes += chunk.length;
 *   return bytes;
 * });
 * ```
 */
export function asyncIter<T, TReturn, TNext>(iterable: AsyncIterable<T, TReturn, TNext>): AsyncIter<T, TReturn, TNext>;
export function asyncIter<T>(iterable: Iterable<T>): AsyncIter<Awaited<T>>;
export function asyncIter(iterable: AsyncIterable<unknown> | Iterable<unknown>): AsyncIter<unknown> {
  return new WaitingIterator(iteratorOf(iterable)) as unknown as AsyncIter<unknown>;
}

function iteratorOf(iterable: unknown): AsyncIterator<unknown> {
  const { [Symbol.asyncIterator]: start, [Symbol.iterator]: startSync } = (iterable ?? {}) as {
    [Symbol.asyncIterator]?: Method | null;
    [Symbol.iterator]?: Method | null;
  };
  if (typeof start === 'function') {
    const iterator = Reflect.apply(start, iterable, []);
    if (typeof iterator === 'object' && iterator !== null) return iterator as AsyncIterator<unknown>;
    throw new TypeError('Result of the Symbol.asyncIterator method is not an object');
  }
  if (start === undefined || start === null) {
    if (typeof startSync === 'function') return adopt(iterable as Iterable<unknown>);
  }
  throw new InvalidOptionError('asyncIter() argument', 'an async iterable, or an iterable', iterable);
}

async function* adopt(iterable: Iterable<unknown>): AsyncGenerator<unknown, unknown, unknown> {
  return yield* iterable as Iterable<unknown> & AsyncIterable<unknown, unknown, unknown>;
}

class WaitingIterator extends GreenIterator<unknown, unknown, unknown> {
  readonly #iterator: AsyncIterator<unknown>;
  /** Looked up once, as `for await` does. */
  readonly #next: unknown;
  #closed = false;

  constructor(iterator: AsyncIterator<unknown>) {
    super();
    this.#iterator = iterator;
    this.#next = iterator.next;
  }

  next(...value: [] | [unknown]): IteratorResult<unknown> {
    return this.#step('next', this.#next, value);
  }

  override return(value?: unknown): IteratorResult<unknown> {
    const method = this.#iterator.return;
    if (method === undefined || method === null) return { done: true, value };
    return this.#step('return', method, [value]);
  }

  /** Nothing, if return() was called: by a cancelled step, say, which does not wait for it either. */
  override [Symbol.dispose](): void {
    if (!this.#closed) this.return();
  }

  throw(error?: unknown): IteratorResult<unknown> {
    const method = this.#iterator.throw;
    if (method !== undefined && method !== null) return this.#step('throw', method, [error]);
    this.return();
    throw new TypeError('The iterator does not provide a throw method');
  }

  send(value: unknown): IteratorResult<unknown> {
    return this.next(value);
  }

  close(): void {
    this.return();
  }

  #step(name: string, method: unknown, args: readonly unknown[]): IteratorResult<unknown> {
    const call = `asyncIter().${name}()`;
    const context = contextToSuspend(call);
    const waiter = new Waiter(context);
    let ownError = false;
    try {
      if (name === 'return') this.#closed = true;
      else context.throwIfCancelled(); // an item that nobody will get is not taken
      ownError = true;
      const result = Reflect.apply(method as Method, this.#iterator, args);
      if (!isThenable(result)) return result as IteratorResult<unknown>;
      ownError = false;
      waiter.onAbandon = () => this.#abandon();
      waiter.subscribe(result);
      return waiter.wait() as IteratorResult<unknown>;
    } finally {
      if (!ownError && !waiter.reusable) this.#abandon();
    }
  }

  /** The context has other things to do than to wait for the end; what that brings is dropped. */
  #abandon(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      Promise.resolve(this.#iterator.return?.()).catch(() => {});
    } catch {
      // The cancellation matters more.
    }
  }
}
