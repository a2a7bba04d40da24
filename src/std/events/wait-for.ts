// waitFor(): once() without the promise.

import { type EventEmitter, once } from 'node:events';

import type { WaitOptions } from '../../pool/index.ts';
import { CallLimits } from '../call-limits.ts';

/**
 * The arguments of the next `event`, as an array. **Suspends the context** until it comes. What comes before the call is
 * missed, so start what leads to it in the same turn.
 *
 * @param emitter - an EventEmitter or EventTarget.
 * @param options - limits of the waiting, as in `wait()`. However it ends, the listeners are gone then.
 * @throws the argument of an `'error'` event, unless that is the one waited for; Node's own errors for bad arguments.
 * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`,
 *   `GREEN_ERR_OPT_INVALID` as `wait()`.
 * @example
 * ```ts
 * import { spawn } from 'node:child_process';
 * import { run } from 'greenroom';
 * import { waitFor } from 'greenroom/std/events';
 *
 * await run(() => {
 *   const [code] = waitFor(spawn('true'), 'exit', { timeout: 5000 });
 *   return code; // 0
 * });
 * ```
 */
export function waitFor(
  emitter: EventEmitter | EventTarget,
  event: string | symbol,
  options: WaitOptions = {},
): unknown[] {
  const limits = new CallLimits('waitFor()', options);
  const waiter = limits.newWaiter();
  const listening = new AbortController();
  const next = once(emitter as EventEmitter, event as string, { signal: listening.signal });
  waiter.subscribe(next);
  waiter.subject = `event '${String(event)}'`;
  return limits.wait(waiter, () => listening.abort()) as unknown[];
}
