// joinAll() and race(): waiting for several tasks.

import { InvalidOptionError } from '../errors.ts';
import {
  assertKnownKeys,
  assertLimits,
  contextToSuspend,
  type GreenTask,
  isThenable,
  spawn,
  Task,
  type WaitOptions,
} from '../pool/index.ts';
import { assertErrors, type ErrorsOptions, settled } from './errors-option.ts';
import { rethrow } from './map.ts';
import { type Cancellable, type Outcome, TaskGroup } from './task-group.ts';

export interface JoinOptions extends WaitOptions, ErrorsOptions {}

/** What a contender of a race that is a task, a promise or a function comes to. */
type ResultOf<C> = C extends PromiseLike<unknown> ? Awaited<C> : C extends () => infer R ? Awaited<R> : never;

const RACERS = 'tasks, promises or functions';
const RACE_DEFAULTS: WaitOptions = Object.freeze({ timeout: undefined, signal: undefined });
const JOIN_DEFAULTS: JoinOptions = Object.freeze({ ...RACE_DEFAULTS, errors: 'throw' });

/**
 * Waits for all of `tasks` and returns their results in their order. After gevent's `joinall()`.
 *
 * Suspends the current green context until all have ended, and however it ends, none runs on: the first error, `timeout`,
 * `signal` and a cancellation of the caller cancel those that still run and wait for their clean-up.
 *
 * @param tasks - tasks of `spawn()`. Promises, too: when the rest is cancelled, their `cancel()` is called, if they have one,
 *   and they are not waited for.
 * @param options - `timeout` in milliseconds, 1 to 2,147,483,647, and `signal`, as of `wait()`; `errors`.
 * @throws what the first task to fail failed with, with the waiting frames appended, unless `errors` is `'collect'`.
 * @throws `GREEN_ERR_WAIT_TIMEOUT` after `timeout`; `GREEN_ERR_OPT_INVALID` for bad arguments; and as `wait()`.
 * @example
 * ```ts
 * import { joinAll, run, spawn, wait } from 'greenroom';
 *
 * const load = (path: string) => wait(fetch(`http://127.0.0.1:3000${path}`)).status;
 * await run(() => joinAll([spawn(load, '/user'), spawn(load, '/cart')], { timeout: 2000 }));
 * ```
 */
export function joinAll<T extends readonly PromiseLike<unknown>[] | []>(
  tasks: T,
  options: JoinOptions & { errors: 'collect' },
): { -readonly [K in keyof T]: PromiseSettledResult<Awaited<T[K]>> };
export function joinAll<T extends readonly PromiseLike<unknown>[] | []>(
  tasks: T,
  options?: JoinOptions,
): { -readonly [K in keyof T]: Awaited<T[K]> };
export function joinAll<R>(
  tasks: Iterable<PromiseLike<R>>,
  options: JoinOptions & { errors: 'collect' },
): PromiseSettledResult<Awaited<R>>[];
export function joinAll<R>(tasks: Iterable<PromiseLike<R>>, options?: JoinOptions): Awaited<R>[];
export function joinAll(tasks: Iterable<PromiseLike<unknown>>, options: JoinOptions = {}): unknown[] {
  assertKnownKeys(options, JOIN_DEFAULTS);
  assertLimits(options, ['errors']);
  assertErrors(options);
  const all = listOf('joinAll() tasks', tasks, isThenable);
  const collect = options.errors === 'collect';
  const results: unknown[] = new Array(all.length);
  let left = all.length;
  let failure: Outcome<unknown> | null = null;
  const group = new TaskGroup('joinAll()');
  group.enclose(() => {
    all.forEach((task, index) => {
      group.add(outcomeOf(task), cancellable(task), (outcome) => {
        left--;
        results[index] = collect ? settled(outcome) : outcome.value;
        if (!collect && outcome.failed) failure ??= outcome;
      });
    });
    group.waitUntil(() => left === 0 || failure !== null, options);
    if (failure === null) return;
    group.close('explicit', (failure as Outcome<unknown>).value);
    rethrow(failure);
  });
  return results;
}

/**
 * Waits for the first of `contenders` to end, one way or the other, and returns its result or throws its error. The others
 * are cancelled, and their clean-up is waited for.
 *
 * Suspends the current green context until then. `timeout`, `signal` and a cancellation of the caller cancel them all.
 *
 * @param contenders - functions, each of which is run in a context of its own; tasks of `spawn()`; or promises, with the
 *   restriction of {@link joinAll}. At least one. After one that has ended, no function is
 *   started: one that ends without waiting, or a task that had ended before. Of several that had, the first one wins.
 * @throws `GREEN_ERR_WAIT_TIMEOUT` after `timeout`; `GREEN_ERR_OPT_INVALID` for bad arguments; and as `wait()`.
 * @example
 * ```ts
 * import { race, run, wait } from 'greenroom';
 *
 * const from = (host: string) => () => wait(fetch(`http://${host}/report`)).status;
 * await run(() => race([from('127.0.0.1:3000'), from('127.0.0.1:3001')], { timeout: 2000 }));
 * ```
 */
export function race<R>(contenders: Iterable<PromiseLike<R> | (() => R)>, options?: WaitOptions): Awaited<R>;
export function race<C extends PromiseLike<unknown> | (() => unknown)>(
  contenders: Iterable<C>,
  options?: WaitOptions,
): ResultOf<C>;
export function race(contenders: Iterable<PromiseLike<unknown> | (() => unknown)>, options: WaitOptions = {}): unknown {
  assertKnownKeys(options, RACE_DEFAULTS);
  assertLimits(options);
  const all = listOf('race() contenders', contenders, (each) => typeof each === 'function' || isThenable(each), RACERS);
  if (all.length === 0) throw new InvalidOptionError('race() contenders', 'at least one', all);
  let winner: Outcome<unknown> | null = null;
  const group = new TaskGroup('race()');
  group.enclose(() => {
    let ended = false;
    for (const each of all) {
      if (ended && !isThenable(each)) continue;
      const task = isThenable(each) ? each : spawn(each as () => unknown);
      group.add(outcomeOf(task), cancellable(task), (outcome) => {
        winner ??= outcome;
      });
      ended ||= task instanceof Task && task.state === 'finished';
    }
    group.waitUntil(() => winner !== null, options);
    if (winner?.failed === true) group.close('explicit', winner.value);
  });
  const { failed, value } = winner as unknown as Outcome<unknown>;
  if (failed) rethrow({ failed, value });
  return value;
}

function listOf<T>(what: string, list: Iterable<T>, fits: (each: T) => boolean, kind = 'tasks, or promises'): T[] {
  contextToSuspend(what.slice(0, what.indexOf(' ')));
  if (typeof (list as Iterable<T> | null | undefined)?.[Symbol.iterator] !== 'function') {
    throw new InvalidOptionError(what, 'an iterable', list);
  }
  const all = [...list];
  for (const each of all) if (!fits(each)) throw new InvalidOptionError(what, kind, each);
  return all;
}

/** Not by way of a task's `then`, which takes longer: a promise that is kept later would be heard of before it. */
function outcomeOf(task: PromiseLike<unknown>): Promise<unknown> {
  const { promise } = task as Partial<GreenTask<unknown>>;
  return task instanceof Task && promise !== undefined ? promise : Promise.resolve(task);
}

function cancellable(task: unknown): Cancellable | null {
  return typeof (task as Partial<Cancellable>).cancel === 'function' ? (task as Cancellable) : null;
}
