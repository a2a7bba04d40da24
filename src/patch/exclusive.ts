// exclusive(): for code that relies on nobody else running until it is done, which holds no longer once a blocking call in
// it suspends. One context at a time is let in.

import { LockMisuseError } from '../errors.ts';
import { assertFunction, currentContext } from '../pool/index.ts';
import { Lock } from '../sync/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: whatever it takes and returns
type AnyFunction = (...args: any[]) => any;

const locks = new Map<string, Lock>();

/**
 * Makes a function that one context at a time runs, first come, first served; a call **suspends the context** while another
 * one is in it. `this`, arguments, name, length and own properties stay. A call from within, by the same context, goes
 * straight in.
 *
 * For sync-style functions: an `async` one lets the next in as soon as it has returned its promise.
 *
 * Outside contexts, and where suspending is not allowed, the call goes in if nobody else is: nothing can get between there.
 *
 * @param fn - such as a function of `synckit`, which shares one slot among its calls.
 * @param lockName - functions that get the same name keep each other out; without one, a function keeps out itself only.
 * @throws `GREEN_ERR_OPT_INVALID` when `fn` is not a function.
 * @throws From the calls: what `fn` throws; `GREEN_ERR_CANCELLED` when the context is cancelled while it stands in line;
 *   `GREEN_ERR_WAIT_FORBIDDEN` where it may not suspend and another context is in; `GREEN_ERR_LOCK_MISUSE` outside contexts
 *   when a context is in.
 * @example
 * ```ts
 * import { exclusive, patchBlocking } from 'greenroom/patch';
 * import { createSyncFn } from 'synckit';
 *
 * patchBlocking({ atomics: true });
 * const format = exclusive(createSyncFn(new URL('./format-worker.js', import.meta.url)));
 * ```
 */
export function exclusive<F extends AnyFunction>(fn: F, lockName?: string): F {
  assertFunction('exclusive() fn', fn);
  const lock = lockName === undefined ? new Lock({ name: fn.name || 'exclusive()' }) : lockOf(lockName);
  const alone = function (this: unknown, ...args: unknown[]): unknown {
    const context = currentContext();
    if (lock.locked) {
      if (context === null)
        throw new LockMisuseError(lock.name, 'a context is in, and only contexts can stand in line');
      if (lock.holder === context.task) return Reflect.apply(fn, this, args);
    } else if (context === null || !context.maySuspend) {
      return Reflect.apply(fn, this, args);
    }
    const guard = lock.acquire();
    try {
      return Reflect.apply(fn, this, args);
    } finally {
      guard.release();
    }
  };
  return Object.defineProperties(alone, Object.getOwnPropertyDescriptors(fn)) as unknown as F;
}

function lockOf(name: string): Lock {
  let lock = locks.get(name);
  if (lock === undefined) {
    lock = new Lock({ name });
    locks.set(name, lock);
  }
  return lock;
}
