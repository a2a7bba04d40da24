// imap() and imapUnordered(): map() whose results can be had while it goes on.

import { assertInteger, contextToSuspend, run } from '../pool/index.ts';
import { GreenIterator } from './green-iterator.ts';
import { assertFeed, CONCURRENCY_DEFAULTS, type ConcurrencyOptions, ItemFeed } from './item-feed.ts';
import { rethrow } from './map.ts';
import { type Outcome, TaskGroup } from './task-group.ts';

export interface ImapOptions extends ConcurrencyOptions {
  /** How many items may be under way or done that the caller has not had yet: 1 to 2^53 - 1. Default: `concurrency`. */
  readAhead?: number;
}

const IMAP_DEFAULTS: ImapOptions = Object.freeze({
  ...CONCURRENCY_DEFAULTS,
  readAhead: CONCURRENCY_DEFAULTS.concurrency,
});

/** Results as they come, for `for … of` and `using`: see {@link imap}. */
export interface TaskIterator<R> extends IteratorObject<R, undefined, undefined>, Disposable {
  next(): IteratorResult<R, undefined>;
  /** Cancels what runs, waits for its end, and closes the source. `break` and `using` call it. */
  return(): IteratorResult<R, undefined>;
  [Symbol.iterator](): TaskIterator<R>;
}

/**
 * Calls `fn(item, index)` for every item, each in a context of its own, and gives the results in the order of the items,
 * each when the caller asks for it. After gevent's `Pool.imap()`.
 *
 * Never suspends itself: the first `next()` starts the first calls, and every `next()` suspends the current green context
 * until its result is there. Calls go on between them, at most `concurrency` at a time, and no further ahead than
 * `readAhead` items. AsyncLocalStorage stores are those of the first `next()`.
 *
 * - An error of `fn` is thrown in its item's turn; no further item is taken once it has happened, and when it is thrown
 *   what still runs is cancelled and waited for. For results in place of errors, let `fn` catch them.
 * - Leaving the loop early, and a cancellation while it waits, cancel what runs and wait for its end, too. Without either
 *   (an iterator that is just left lying) that happens when the task that took its first step ends.
 *
 * @param items - as for `map()`.
 * @throws `GREEN_ERR_OPT_INVALID` for bad arguments. `next()` throws as `wait()`, and what `fn` and `items` throw.
 * @example
 * ```ts
 * import { imap, run, wait } from 'greenroom';
 *
 * await run(() => {
 *   for (const status of imap((url) => wait(fetch(url)).status, ['http://127.0.0.1:3000/a', 'http://127.0.0.1:3000/b'])) {
 *     if (status !== 200) break; // what still runs is cancelled
 *   }
 * });
 * ```
 */
export function imap<T, R>(
  fn: (item: T, index: number) => R,
  items: Iterable<T>,
  options: ImapOptions = {},
): TaskIterator<Awaited<R>> {
  return start('imap()', fn, items, options, true);
}

/** As {@link imap}, but gives each result as soon as it is there, in no particular order; so also an error. */
export function imapUnordered<T, R>(
  fn: (item: T, index: number) => R,
  items: Iterable<T>,
  options: ImapOptions = {},
): TaskIterator<Awaited<R>> {
  return start('imapUnordered()', fn, items, options, false);
}

function start<T, R>(
  call: string,
  fn: (item: T, index: number) => R,
  items: Iterable<T>,
  options: ImapOptions,
  ordered: boolean,
): TaskIterator<Awaited<R>> {
  const concurrency = assertFeed(call, fn, items, options, IMAP_DEFAULTS);
  const { readAhead = concurrency } = options;
  assertInteger('readAhead', readAhead, 1, Number.MAX_SAFE_INTEGER);
  const iterator = new ResultIterator<T, R>(call, fn, items, concurrency, readAhead, ordered);
  return iterator as unknown as TaskIterator<Awaited<R>>;
}

class ResultIterator<T, R> extends GreenIterator<Awaited<R>, undefined, undefined> {
  readonly #call: string;
  readonly #readAhead: number;
  readonly #group: TaskGroup;
  readonly #feed: ItemFeed<T, R>;
  /** What has come and not been given, by the number of its turn. */
  readonly #outcomes = new Map<number, Outcome<Awaited<R>>>();
  #come = 0;
  #given = 0;
  #started = false;
  #done = false;

  constructor(
    call: string,
    fn: (item: T, index: number) => R,
    items: Iterable<T>,
    concurrency: number,
    readAhead: number,
    ordered: boolean,
  ) {
    super();
    this.#call = call;
    this.#readAhead = readAhead;
    this.#group = new TaskGroup(call, this.#left);
    this.#feed = new ItemFeed(fn, items, concurrency, this.#group, (index, outcome) => {
      this.#outcomes.set(ordered ? index : this.#come++, outcome);
    });
    this.#feed.mayTake = readAhead;
  }

  next(): IteratorResult<Awaited<R>, undefined> {
    if (this.#done) return { done: true, value: undefined };
    contextToSuspend(this.#call);
    let failed = true;
    try {
      this.#start();
      this.#group.waitUntil(() => this.#done || this.#outcomes.has(this.#given) || this.#feed.drained);
      const outcome = this.#outcomes.get(this.#given);
      if (outcome?.failed === true) rethrow(outcome);
      failed = false;
      if (outcome !== undefined && !this.#done) return { done: false, value: this.#give(outcome.value) };
    } finally {
      if (failed) this.#end(true);
    }
    this.#end(false);
    return { done: true, value: undefined };
  }

  override return(): IteratorResult<Awaited<R>, undefined> {
    this.#end(false);
    return { done: true, value: undefined };
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#group.hold();
    this.#feed.start();
  }

  #give(value: Awaited<R>): Awaited<R> {
    this.#outcomes.delete(this.#given++);
    this.#feed.mayTake = this.#given + this.#readAhead;
    this.#feed.pump();
    return value;
  }

  #end(failed: boolean): void {
    if (this.#done) return;
    this.#done = true;
    this.#outcomes.clear();
    this.#group.wake();
    if (this.#started) this.#group.finish(failed, () => this.#feed.closeSource());
  }

  /** Nobody is left to wait for the end, nor to hear of an error. */
  readonly #left = (): void => {
    queueMicrotask(() => {
      run(() => this.#end(false)).catch(() => {});
    });
  };
}
