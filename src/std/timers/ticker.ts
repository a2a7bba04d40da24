// ticker(): setInterval() as a loop.

import { InvalidOptionError } from '../../errors.ts';
import { assertKnownKeys, assertLimits, MAX_TIMEOUT_MS, type WaitOptions } from '../../pool/index.ts';
import { sleepFor } from './sleep.ts';

const TICKER_OPTIONS = { signal: undefined };

/**
 * One step every `ms` milliseconds, for ever: 1, 2, 3, … counted from the call. Steps that the loop's body was too slow
 * for are left out, and do not shift those to come. Each step **suspends the context** until it is due. There is nothing
 * to close: no timer runs between steps.
 *
 * @param ms - 1 to 2,147,483,647.
 * @param options - `signal` ends the loop with an error when aborted.
 * @throws (from a step) `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`, as `sleep()`.
 * @throws `GREEN_ERR_OPT_INVALID` (at once) for bad arguments.
 * @example
 * ```ts
 * import { run } from 'greenroom';
 * import { ticker } from 'greenroom/std/timers';
 *
 * await run(() => {
 *   for (const tick of ticker(1000)) {
 *     console.log(tick);
 *     if (tick >= 3) break;
 *   }
 * });
 * ```
 */
export function ticker(ms: number, options: Pick<WaitOptions, 'signal'> = {}): Generator<number, never, undefined> {
  if (!(Number.isFinite(ms) && ms >= 1 && ms <= MAX_TIMEOUT_MS)) {
    throw new InvalidOptionError('ticker() interval', `a number from 1 to ${MAX_TIMEOUT_MS} (milliseconds)`, ms);
  }
  assertKnownKeys(options, TICKER_OPTIONS, 'ticker() options');
  assertLimits(options);
  return ticks(ms, options);
}

function* ticks(ms: number, options: Pick<WaitOptions, 'signal'>): Generator<number, never, undefined> {
  const startedAtMs = performance.now();
  for (let last = 0; ; ) {
    const due = Math.max(last, Math.floor((performance.now() - startedAtMs) / ms)) + 1;
    sleepFor('ticker()', Math.max(0, startedAtMs + due * ms - performance.now()), options);
    last = due;
    yield due;
  }
}
