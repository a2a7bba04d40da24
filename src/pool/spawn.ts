// Contexts outside every pool: spawn(), run() and green(). Unbounded, as gevent.spawn() is: what bounds
// the work of a server is its pool, and a handler's fan-out must not wait for that pool.

import { assertCancelReason, type CancelReason, InvalidOptionError } from '../errors.ts';
import { DEFAULT_CLEANUP_TIMEOUT_MS } from './cancel-scope.ts';
import { acquireContext, releaseContext } from './idle-contexts.ts';
import { PromiseTask, type TaskOwner, type TaskState } from './task.ts';
import type { TaskTimes } from './task-times.ts';

const spawner: TaskOwner = {
  name: null,
  cleanupTimeoutMs: DEFAULT_CLEANUP_TIMEOUT_MS,
  longRunMs: Number.POSITIVE_INFINITY,
  removeQueued: () => {}, // a spawned task never queues
  taskBegins: null,
  taskFinished: (context) => {
    if (context !== null) releaseContext(context);
  },
};

/** A spawned function's handle: await it, or `wait()` for it in a context. */
export interface GreenTask<R> extends PromiseLike<Awaited<R>> {
  /** `'running'`, `'waiting'` or `'finished'` (`'queued'` only for tasks of a pool). */
  readonly state: TaskState;
  /** The outcome as a promise. A failure that nobody handles is an unhandled rejection, as with any promise. */
  readonly promise: Promise<Awaited<R>>;
  /** How long it queued, ran and waited so far. */
  readonly times: TaskTimes;
  /**
   * Cancels the task: the wait it is suspended in, or else its next one, throws a `CancelledError`, once; its `catch` and
   * `finally` blocks run and may wait. After 5 seconds of clean-up every further wait throws. Never suspends. What the
   * cancelled wait would have returned is dropped.
   *
   * @param reason - told by the error; `'explicit'` unless given.
   * @param cause - becomes the error's `cause`.
   * @returns false if the task had ended already; then nothing happens.
   */
  cancel(reason?: CancelReason, cause?: unknown): boolean;
}

class SpawnedTask<R> extends PromiseTask<R> implements GreenTask<R> {
  cancel(reason: CancelReason = 'explicit', cause?: unknown): boolean {
    assertCancelReason(reason);
    return this.requestCancel(reason, cause);
  }

  // biome-ignore lint/suspicious/noThenProperty: a task is awaited like a promise, as FEATURES.md promises.
  then<A = Awaited<R>, B = never>(
    onFulfilled?: ((value: Awaited<R>) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.promise.then(onFulfilled, onRejected);
  }
}

/**
 * Starts `fn(...args)` in a context of its own, beside the caller, and returns its task.
 *
 * Never suspends the caller: like an async function, `fn` runs until its first wait before spawn() returns.
 * No pool's `maxWorkers` counts it. AsyncLocalStorage stores follow.
 *
 * @throws `GREEN_ERR_OPT_INVALID` when `fn` is not a function.
 * @throws `GREEN_ERR_ADDON_UNSUPPORTED` where greenroom cannot run.
 * @throws `GREEN_ERR_POOL_NO_STACK` when the system refuses another stack.
 */
export function spawn<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): GreenTask<R> {
  return start('spawn()', fn, undefined, args);
}

/**
 * Runs `fn(...args)` in a context and returns a promise of its result. Never suspends the caller.
 * From inside a context, call `fn` itself instead: it is already in one.
 *
 * @throws as {@link spawn}, but as a rejection.
 * @example
 * ```ts
 * import { run, wait } from 'greenroom';
 *
 * const name = await run(() => wait(fetch('http://127.0.0.1:3000/user')).status);
 * ```
 */
export function run<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>> {
  try {
    return start('run()', fn, undefined, args).promise;
  } catch (error) {
    return Promise.reject(error);
  }
}

/** A sync-style function as its asynchronous twin. */
type Green<F extends (...args: never[]) => unknown> = F extends (this: infer This, ...args: infer A) => infer R
  ? (this: This, ...args: A) => Promise<Awaited<R>>
  : never;

/**
 * Makes a sync-style function into one that runs in a context of its own and returns a promise; as a standard
 * (TC39) method decorator, does so to a method. `this`, arguments, name and length stay. Never suspends.
 *
 * TypeScript gives a decorator no say in the type of a method: one decorated with `@green` returns a promise although
 * its type still says the plain value, so call it with `await`, which makes both true.
 *
 * A promise that `fn` returns is waited for, never wrapped in another. What {@link spawn} throws comes as a rejection.
 *
 * @throws `GREEN_ERR_OPT_INVALID` when given anything but a function, or decorating anything but a method.
 */
export function green<This, A extends unknown[], R>(
  method: (this: This, ...args: A) => R,
  context: ClassMethodDecoratorContext<This, (this: This, ...args: A) => R>,
): (this: This, ...args: A) => R;
export function green<F extends (...args: never[]) => unknown>(fn: F): Green<F>;
export function green(fn: (...args: never[]) => unknown, context?: { kind: string }): unknown {
  if (typeof fn !== 'function') throw new InvalidOptionError('green(fn)', 'a function', fn);
  if (context !== undefined && context.kind !== 'method') {
    throw new InvalidOptionError('@green', 'put on a method', context.kind);
  }
  const twin = function (this: unknown, ...args: unknown[]): Promise<unknown> {
    try {
      return start('green()', fn as (...args: unknown[]) => unknown, this, args).promise;
    } catch (error) {
      return Promise.reject(error);
    }
  };
  Object.defineProperty(twin, 'name', { value: fn.name, configurable: true });
  Object.defineProperty(twin, 'length', { value: fn.length, configurable: true });
  return twin;
}

function start<A extends unknown[], R>(call: string, fn: (...args: A) => R, thisArg: unknown, args: A): SpawnedTask<R> {
  if (typeof fn !== 'function') throw new InvalidOptionError(`${call} argument`, 'a function', fn);
  const context = acquireContext();
  const task = new SpawnedTask<R>(fn as (...args: unknown[]) => R, thisArg, args);
  task.owner = spawner;
  context.start(task);
  return task;
}
