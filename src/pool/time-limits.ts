// withTimeout(), shield() and yieldNow(): what a handler says about its own waits.

import { CancelledError, InvalidOptionError, WaitTimeoutError } from '../errors.ts';
import { DEFAULT_CLEANUP_TIMEOUT_MS } from './cancel-scope.ts';
import { currentContext, type GreenContext } from './green-context.ts';
import { outsideContextError } from './outside.ts';
import { assertStackRoom } from './stack-room.ts';
import type { Task } from './task.ts';
import { MAX_TIMEOUT_MS, newWaiter } from './wait.ts';

export interface ShieldOptions {
  /** How long cancellation may be held off, in milliseconds: 1 to 2,147,483,647. Default 5,000. */
  timeout?: number;
}

/**
 * Runs `fn()` here and returns its result. If it has not ended after `ms` milliseconds, the wait it is suspended in, or
 * else its next one, throws a `CancelledError` with reason `'deadline'`; when that leaves `fn`, this call throws
 * `GREEN_ERR_WAIT_TIMEOUT` instead. `fn` may clean up as in any cancellation, and what it returns after all counts.
 *
 * Suspends the current green context as far as `fn` does. A cancellation of the whole task passes through.
 *
 * @param ms - 1 to 2,147,483,647.
 * @throws `GREEN_ERR_WAIT_TIMEOUT` when the limit was exceeded.
 * @throws `GREEN_ERR_WAIT_OUTSIDE_CONTEXT` outside a context; `GREEN_ERR_OPT_INVALID` for bad arguments.
 */
export function withTimeout<R>(ms: number, fn: () => R): R {
  const task = taskHere('withTimeout()', ms, fn);
  const startedAtMs = performance.now();
  return task.runInScope(false, (scope) => {
    const timer = setTimeout(() => scope.cancel('deadline', undefined), ms);
    scope.disarm = () => clearTimeout(timer);
    try {
      return fn();
    } catch (error) {
      if (CancelledError.scopeOf(error) !== scope) throw error;
      throw new WaitTimeoutError('withTimeout()', ms, performance.now() - startedAtMs);
    }
  });
}

/**
 * Runs `fn()` here and returns its result, holding off every cancellation from outside until it has ended or `timeout`
 * has passed; the first wait after that throws. For the section that must not be torn: a COMMIT, a hand-over.
 *
 * Suspends the current green context as far as `fn` does.
 *
 * @throws `GREEN_ERR_WAIT_OUTSIDE_CONTEXT` outside a context; `GREEN_ERR_OPT_INVALID` for bad arguments.
 */
export function shield<R>(options: ShieldOptions, fn: () => R): R {
  const timeoutMs = options.timeout ?? DEFAULT_CLEANUP_TIMEOUT_MS;
  const task = taskHere('shield()', timeoutMs, fn);
  return task.runInScope(true, (scope) => {
    const timer = setTimeout(() => {
      scope.shielded = false;
      task.deliverCancellation();
    }, timeoutMs);
    scope.disarm = () => clearTimeout(timer);
    return fn();
  });
}

/**
 * Gives the event loop a full turn: timers, I/O and other contexts run before this returns.
 *
 * Suspends the current green context.
 *
 * @throws `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`; `GREEN_ERR_CANCELLED` when cancelled.
 */
export function yieldNow(): void {
  const waiter = newWaiter('yieldNow()');
  const immediate = setImmediate(() => waiter.fulfil(undefined));
  try {
    waiter.wait();
  } finally {
    clearImmediate(immediate);
  }
}

function taskHere(call: string, ms: number, fn: unknown): Task {
  const context: GreenContext | null = currentContext();
  if (context === null) throw outsideContextError(call);
  if (!(Number.isFinite(ms) && ms >= 1 && ms <= MAX_TIMEOUT_MS)) {
    throw new InvalidOptionError(`${call} limit`, `a number from 1 to ${MAX_TIMEOUT_MS} (milliseconds)`, ms);
  }
  if (typeof fn !== 'function') throw new InvalidOptionError(`${call} argument`, 'a function', fn);
  assertStackRoom();
  return context.task as Task;
}
