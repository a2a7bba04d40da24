// sleep(): time.sleep() that blocks nobody else.

import { InvalidOptionError } from '../../errors.ts';
import { assertKnownKeys, MAX_TIMEOUT_MS, type WaitOptions } from '../../pool/index.ts';
import { CallLimits } from '../call-limits.ts';

const SLEEP_OPTIONS = { signal: undefined };

/**
 * **Suspends the context** for `ms` milliseconds, at least; others run meanwhile.
 *
 * @param ms - 0 to 2,147,483,647; 0 lets everybody else have a turn.
 * @param options - `signal` ends the sleep with an error when aborted.
 * @throws `GREEN_ERR_CANCELLED` when `signal` is aborted (its reason is the `cause`), or the task cancelled.
 * @throws `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN` as `wait()`; `GREEN_ERR_OPT_INVALID` for bad
 *   arguments.
 * @example
 * ```ts
 * import { run } from 'greenroom';
 * import { sleep } from 'greenroom/std/timers';
 *
 * await run(() => sleep(250));
 * ```
 */
export function sleep(ms: number, options: Pick<WaitOptions, 'signal'> = {}): void {
  if (!(Number.isFinite(ms) && ms >= 0 && ms <= MAX_TIMEOUT_MS)) {
    throw new InvalidOptionError('sleep() time', `a number from 0 to ${MAX_TIMEOUT_MS} (milliseconds)`, ms);
  }
  assertKnownKeys(options, SLEEP_OPTIONS, 'sleep() options');
  sleepFor('sleep()', ms, options);
}

/** sleep() on behalf of `call`. */
export function sleepFor(call: string, ms: number, { signal }: Pick<WaitOptions, 'signal'>): void {
  const limits = new CallLimits(call, { signal });
  const waiter = limits.newWaiter();
  const timer = setTimeout(() => waiter.fulfil(undefined), ms);
  limits.wait(waiter, () => clearTimeout(timer));
}
