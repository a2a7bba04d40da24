// Whether a failed attempt is repeated, and after how long. Pure: the client waits and sends.

import type { ResolvedRetryOptions } from './retry-options.ts';

/** An attempt that has failed: by its status, or by an error of the client's. */
export interface FailedAttempt {
  /** 1 for the first. */
  readonly attempt: number;
  readonly method: string;
  /** Whether the body can be sent again; true without a body. */
  readonly replayable: boolean;
  /** The response's; null if there is none. */
  readonly status: number | null;
  /** What was thrown; null if there is a response. */
  readonly error: unknown;
  /** What {@link retryAfterMs} gave. */
  readonly retryAfterMs: number | null;
}

export class RetryPolicy {
  readonly #options: ResolvedRetryOptions;

  constructor(options: ResolvedRetryOptions) {
    this.#options = options;
  }

  /** How often an attempt may be repeated: 0 for never. */
  get limit(): number {
    return this.#options.limit;
  }

  get options(): ResolvedRetryOptions {
    return this.#options;
  }

  /**
   * Milliseconds until the next attempt; null if there is to be none. Never suspends.
   *
   * Without Retry-After they are `backoff · 2^(attempt - 1)`, at most `maxDelay`, of which the share `jitter` is left to
   * chance: with 1, "full jitter", which sends the least calls to a server that recovers (Marc Brooker, "Exponential
   * Backoff And Jitter", AWS Architecture Blog, 2015). Retry-After is kept to exactly, however long `maxDelay` is; over
   * `maxRetryAfter` there is no further attempt.
   *
   * @param random - from 0 to below 1.
   */
  delayMs(failed: FailedAttempt, random: number = Math.random()): number | null {
    const { limit, methods, statuses, backoff, maxDelay, jitter, maxRetryAfter } = this.#options;
    const { attempt, method, replayable, status } = failed;
    if (attempt > limit || !replayable || !methods.has(method)) return null;
    if (status === null ? !this.#isTransient(failed.error) : !statuses.has(status)) return null;
    if (failed.retryAfterMs !== null) return failed.retryAfterMs <= maxRetryAfter ? failed.retryAfterMs : null;
    const delay = Math.min(maxDelay, backoff * 2 ** (attempt - 1));
    return delay * (1 - jitter * random);
  }

  // The total limit is the caller's patience with all attempts together, so that none is left.
  #isTransient(error: unknown): boolean {
    const { code, timeout } = (error ?? {}) as { code?: unknown; timeout?: unknown };
    if (typeof code !== 'string' || !this.#options.codes.has(code)) return false;
    if (code === 'GREEN_ERR_HTTP_PROXY') return (error as { status?: unknown }).status === null; // its answer stands
    if (code !== 'GREEN_ERR_HTTP_TIMEOUT' || timeout === 'connect') return true;
    return timeout !== 'total' && this.#options.onTimeout;
  }
}
