// map(): Array.map() side by side.

import { appendWaitingStack } from '../pool/index.ts';
import { assertErrors, type ErrorsOptions, settling } from './errors-option.ts';
import { assertFeed, CONCURRENCY_DEFAULTS, type ConcurrencyOptions, ItemFeed } from './item-feed.ts';
import { type Outcome, TaskGroup } from './task-group.ts';

export interface MapOptions extends ConcurrencyOptions, ErrorsOptions {}

const MAP_DEFAULTS: MapOptions = Object.freeze({ ...CONCURRENCY_DEFAULTS, errors: 'throw' });

/**
 * Calls `fn(item, index)` for every item, each in a context of its own, and returns the results in the order of the items.
 * After gevent's `Pool.map()`. A promise that `fn` returns is waited for, so it may be an async function.
 *
 * Suspends the current green context until all calls have ended. They begin in the order of the items, at most
 * `concurrency` at a time; AsyncLocalStorage stores follow. When the caller is cancelled, they are, and it waits for their
 * clean-up. The first error ends it likewise: the other calls are cancelled, with the error as `cause`, no further item is
 * taken, and when all have ended that error is thrown, with the waiting frames appended.
 *
 * @param items - any iterable. It may wait for its items, as `asyncIter()` does: those taken are worked on meanwhile. Ended
 *   early, it is closed by its `return()`.
 * @throws what `fn` throws first, unless `errors` is `'collect'`, or what `items` throws.
 * @throws `GREEN_ERR_OPT_INVALID` for bad arguments; and as `wait()`.
 * @example
 * ```ts
 * import { map, run, wait } from 'greenroom';
 *
 * const ids = [1, 2, 3];
 * await run(() => map((id) => wait(fetch(`http://127.0.0.1:3000/users/${id}`)).status, ids, { concurrency: 2 }));
 * ```
 */
export function map<T, R>(
  fn: (item: T, index: number) => R,
  items: Iterable<T>,
  options: MapOptions & { errors: 'collect' },
): PromiseSettledResult<Awaited<R>>[];
export function map<T, R>(fn: (item: T, index: number) => R, items: Iterable<T>, options?: MapOptions): Awaited<R>[];
export function map<T, R>(fn: (item: T, index: number) => R, items: Iterable<T>, options: MapOptions = {}): unknown[] {
  const concurrency = assertFeed('map()', fn, items, options, MAP_DEFAULTS);
  assertErrors(options);
  const results: unknown[] = [];
  let failure: Outcome<unknown> | null = null;
  const closeSource = (): void => feed.closeSource();
  const group: TaskGroup = new TaskGroup('map()', () => group.finish(true, closeSource));
  const call: (item: T, index: number) => unknown = options.errors === 'collect' ? settling(fn) : fn;
  const feed = new ItemFeed(call, items, concurrency, group, (index, outcome) => {
    if (!outcome.failed) results[index] = outcome.value;
    else if (failure === null) {
      failure = outcome;
      group.close('explicit', outcome.value);
    }
  });
  group.enclose(() => {
    feed.start();
    group.waitUntil(() => feed.drained);
    if (failure !== null) rethrow(failure);
  }, closeSource);
  return results;
}

/** Throws the failure of a task, in the context that has waited for it. */
export function rethrow({ value }: Outcome<unknown>): never {
  appendWaitingStack(value);
  throw value;
}
