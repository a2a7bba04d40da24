// runOnMain(): for code that must see the event loop's own stack, or its thread-local storage.

import { AsyncResource } from 'node:async_hooks';

import { InvalidOptionError } from '../errors.ts';
import { currentContext } from './green-context.ts';

const RESOURCE_OPTIONS = Object.freeze({ requireManualDestroy: true });

/**
 * Runs `fn()` on the event loop's own stack and returns or throws, in place, what it does. Outside a context it just
 * calls `fn`. AsyncLocalStorage stores follow.
 *
 * Suspends the current green context, but for nothing else: no callback, microtask or other context runs between, and
 * a cancellation waits for the next `wait()`. `fn` is outside every context, so it cannot wait; if it returns a promise,
 * wait for what comes back.
 *
 * For native addons that look at the stack or keep thread-local state, should one ever not work in a context. Costs about
 * as much as a wait.
 *
 * @throws `GREEN_ERR_WAIT_FORBIDDEN` where suspending would break the process; see `wait()`.
 * @throws `GREEN_ERR_OPT_INVALID` when `fn` is not a function.
 * @example
 * ```ts
 * import { createSecureContext } from 'node:tls';
 * import { run, runOnMain } from 'greenroom';
 *
 * await run(() => runOnMain(() => createSecureContext()));
 * ```
 * @see docs/limits.md
 */
export function runOnMain<R>(fn: () => R): R {
  if (typeof fn !== 'function') throw new InvalidOptionError('runOnMain() argument', 'a function', fn);
  const context = currentContext();
  if (context === null) return fn();
  context.assertMaySuspend();
  // Takes the caller's stores along: the stepper has its own.
  const resource = new AsyncResource('GREENROOM_RUN_ON_MAIN', RESOURCE_OPTIONS);
  try {
    return context.callOnMain(() => resource.runInAsyncScope(fn));
  } finally {
    resource.emitDestroy();
  }
}
