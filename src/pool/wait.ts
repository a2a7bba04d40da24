// wait(): where a synchronous call stack gives the event loop back.

import { CancelledError, InvalidOptionError, WaitTimeoutError } from '../errors.ts';
import { assertObject } from './check-options.ts';
import { currentContext, type GreenContext } from './green-context.ts';
import { outsideContextError } from './outside.ts';
import { assertStackRoom } from './stack-room.ts';
import { isThenable } from './thenable.ts';
import { Waiter } from './waiter.ts';

/** The longest time a Node timer can be set for: 2^31 - 1 ms, about 24 days. */
export const MAX_TIMEOUT_MS = 2_147_483_647;

export interface WaitOptions {
  /** Gives up after so many milliseconds: 1 to 2,147,483,647. Default: never. */
  timeout?: number | undefined;
  /** Gives up when aborted. */
  signal?: AbortSignal | undefined;
}

/**
 * Returns what `value` resolves to, or throws what it rejects with, in place.
 *
 * Suspends the current green context, whole call stack included, until a promise or other thenable settles;
 * the event loop goes on meanwhile. A value that is not thenable comes back at once, without suspending.
 * A rejection is thrown as the very object it is; if it is an Error, the waiting context's frames are
 * appended to its `stack`, once. What comes after a timeout, an abort or a cancellation is dropped, a rejection too.
 *
 * @param value - a promise, any thenable, or a plain value.
 * @param options - limits of this wait; see {@link WaitOptions}.
 * @throws `GREEN_ERR_WAIT_OUTSIDE_CONTEXT` outside a context, whatever the value.
 * @throws `GREEN_ERR_WAIT_FORBIDDEN` where suspending would break the process: while a module loads, in an exit
 *   handler, in a `vm` run with a timeout, in `Error.prepareStackTrace`, below a native callback scope.
 * @throws `GREEN_ERR_WAIT_TIMEOUT` after `timeout`.
 * @throws `GREEN_ERR_CANCELLED` when `signal` is aborted (its reason is the `cause`), or the context is cancelled.
 * @throws `GREEN_ERR_OPT_INVALID` for bad options.
 * @example
 * ```ts
 * import { run, wait } from 'greenroom';
 *
 * const total = await run(() => [1, 2, 3].map((n) => wait(Promise.resolve(n))).length);
 * ```
 */
export function wait<T>(value: T, options?: WaitOptions): Awaited<T> {
  const context = currentContext();
  if (context === null) throw outsideContextError('wait()');
  if (options !== undefined) return waitWithLimits(context, value, options) as Awaited<T>;
  return (isThenable(value) ? context.waitFor(value) : value) as Awaited<T>;
}

const EXPIRED = Symbol('expired');
const ABORTED = Symbol('aborted');

function waitWithLimits(context: GreenContext, value: unknown, options: WaitOptions): unknown {
  assertLimits(options);
  if (options.signal?.aborted === true) throw new CancelledError('explicit', options.signal.reason);
  if (!isThenable(value)) return value;
  context.assertMaySuspend();
  assertStackRoom();
  const waiter = new Waiter(context);
  waiter.subscribe(value);
  return waitWithin(waiter, 'wait()', options);
}

/**
 * Suspends until `waiter` is settled or a limit is reached, whichever comes first. `stop` is then called, however the
 * wait ends. For `options` that assertLimits() has seen.
 */
export function waitWithin(waiter: Waiter, call: string, options: WaitOptions, stop?: () => void): unknown {
  const { timeout, signal } = options;
  const startedAtMs = performance.now();
  const timer = timeout === undefined ? undefined : setTimeout(() => waiter.fulfil(EXPIRED), timeout);
  const onAbort = (): void => waiter.fulfil(ABORTED);
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  const tidy = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    stop?.();
  };
  waiter.onAbandon = tidy;
  let outcome: unknown;
  try {
    outcome = waiter.wait();
  } finally {
    tidy();
  }
  // The errors are made here, on the context's own stack, so that they show the caller's frames.
  if (outcome === EXPIRED) throw new WaitTimeoutError(call, timeout as number, performance.now() - startedAtMs);
  if (outcome === ABORTED) throw new CancelledError('explicit', signal?.reason);
  return outcome;
}

const NO_OTHERS: readonly string[] = [];

/** Checks `timeout` and `signal` of a call's options; `others` are what else it takes, and checks by itself. */
export function assertLimits(options: WaitOptions, others: readonly string[] = NO_OTHERS): void {
  assertObject(options);
  for (const key in options) {
    if (key === 'timeout' || key === 'signal' || others.includes(key) || !Object.hasOwn(options, key)) continue;
    throw new InvalidOptionError('options', `made of ${['timeout', 'signal', ...others].join(', ')}`, key);
  }
  const { timeout, signal } = options;
  if (timeout !== undefined && !(Number.isFinite(timeout) && timeout >= 1 && timeout <= MAX_TIMEOUT_MS)) {
    throw new InvalidOptionError('timeout', `a number from 1 to ${MAX_TIMEOUT_MS} (milliseconds)`, timeout);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new InvalidOptionError('signal', 'an AbortSignal', signal);
  }
}

/**
 * A waiter for the running context: for callers whose outcome comes from a callback rather than a promise.
 * @param call - the public function on whose behalf, for the error message.
 * @param subject - what is waited for, for dumps; the call, unless given.
 * @throws `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`
 */
export function newWaiter(call: string, subject: unknown = call): Waiter {
  const waiter = contextToSuspend(call).takeWaiter();
  waiter.subject = subject;
  return waiter;
}

/**
 * The running context, which `call` may suspend: for callers that mostly need not, and make their own waiter if so.
 * @throws as {@link newWaiter}
 */
export function contextToSuspend(call: string): GreenContext {
  const context = currentContext();
  if (context === null) throw outsideContextError(call);
  context.assertMaySuspend();
  assertStackRoom();
  return context;
}
