// The `timeout` and `signal` of one call that may have to wait several times.

import { CancelledError, WaitTimeoutError } from '../errors.ts';
import {
  assertLimits,
  contextToSuspend,
  type GreenContext,
  newWaiter,
  type Waiter,
  type WaitOptions,
  waitWithin,
} from '../pool/index.ts';

export class CallLimits {
  readonly #call: string;
  readonly #timeoutMs: number | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #startedAtMs: number;
  #hasWaited = false;

  /**
   * The time of the call runs from now. `others` are further names that `options` may have; `defaultTimeout`, checked, is
   * for options without one.
   *
   * @throws `GREEN_ERR_OPT_INVALID` for bad limits; `GREEN_ERR_CANCELLED` when `signal` is aborted already.
   */
  constructor(call: string, options: WaitOptions, others?: readonly string[], defaultTimeout?: number) {
    assertLimits(options, others);
    const { timeout = defaultTimeout, signal } = options;
    if (signal?.aborted === true) throw new CancelledError('explicit', signal.reason);
    this.#call = call;
    this.#timeoutMs = timeout;
    this.#signal = signal;
    this.#startedAtMs = timeout === undefined ? 0 : performance.now();
  }

  /**
   * The running context, which the call may suspend: for calls that often need not.
   *
   * @throws `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`
   */
  contextToSuspend(): GreenContext {
    return contextToSuspend(this.#call);
  }

  /** @throws `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN` */
  newWaiter(): Waiter {
    return newWaiter(this.#call);
  }

  /** As waitWithin(), for what is left of the call's time. */
  wait(waiter: Waiter, stop?: () => void): unknown {
    const timeoutMs = this.#timeoutMs;
    if (timeoutMs === undefined) return waitWithin(waiter, this.#call, { signal: this.#signal }, stop);
    const leftMs = timeoutMs - (performance.now() - this.#startedAtMs);
    // What comes bit by bit, at each turn of the loop, would be ahead of any timer, however late it is.
    if (this.#hasWaited && leftMs <= 0) {
      stop?.();
      throw this.#timedOut(timeoutMs);
    }
    this.#hasWaited = true;
    try {
      return waitWithin(waiter, this.#call, { timeout: Math.max(1, leftMs), signal: this.#signal }, stop);
    } catch (error) {
      throw error instanceof WaitTimeoutError ? this.#timedOut(timeoutMs) : error;
    }
  }

  #timedOut(timeoutMs: number): WaitTimeoutError {
    return new WaitTimeoutError(this.#call, timeoutMs, performance.now() - this.#startedAtMs);
  }
}
