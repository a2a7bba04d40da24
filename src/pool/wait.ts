// wait(): where a synchronous call stack gives the event loop back.

import { WaitOutsideContextError } from '../errors.ts';
import { currentContext, isThenable } from './green-context.ts';
import { Waiter } from './waiter.ts';

/**
 * Returns what `value` resolves to, or throws what it rejects with, in place.
 *
 * Suspends the current green context, whole call stack included, until a promise or other thenable settles;
 * the event loop goes on meanwhile. A value that is not thenable comes back at once, without suspending.
 * A rejection is thrown as the very object it is; if it is an Error, the waiting context's frames are
 * appended to its `stack`, once.
 *
 * @param value - a promise, any thenable, or a plain value.
 * @throws `GREEN_ERR_WAIT_OUTSIDE_CONTEXT` outside a context, whatever the value.
 * @throws `GREEN_ERR_WAIT_FORBIDDEN` where suspending would break the process: while a module loads, in an exit
 *   handler, in a `vm` run with a timeout, in `Error.prepareStackTrace`, below a native callback scope.
 * @example
 * ```ts
 * import { run, wait } from 'greenroom';
 *
 * const total = await run(() => [1, 2, 3].map((n) => wait(Promise.resolve(n))).length);
 * ```
 */
export function wait<T>(value: T): Awaited<T> {
  const context = currentContext();
  if (context === null) throw new WaitOutsideContextError('wait()');
  return (isThenable(value) ? context.waitFor(value) : value) as Awaited<T>;
}

/**
 * A waiter for the running context: for callers whose outcome comes from a callback rather than a promise.
 * @param call - the public function on whose behalf, for the error message.
 * @throws `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`
 */
export function newWaiter(call: string): Waiter {
  const context = currentContext();
  if (context === null) throw new WaitOutsideContextError(call);
  context.assertMaySuspend();
  return new Waiter(context);
}
