// How often something may happen: contexts wait for the tokens of a bucket, first come, first served. A big request is not
// overtaken by small ones.
//
// Invariant: while contexts wait, a timer is set for the moment at which the first of them can have its tokens.

import { InvalidOptionError } from '../errors.ts';
import { assertInteger, MAX_TIMEOUT_MS, type WaitOptions } from '../pool/index.ts';
import { Primitive, type SyncOptions } from './primitive.ts';
import { TokenBucket } from './token-bucket.ts';
import { startWait, WaitLine } from './wait-line.ts';

export interface RateLimiterOptions extends SyncOptions {
  /** How many tokens flow in per interval: more than 0. */
  limit: number;
  /** In milliseconds: more than 0. Default 1000. */
  interval?: number;
  /** The most tokens that are kept, and how many there are at first: 1 or more. Default: `limit`, but at least 1. */
  burst?: number;
}

export interface RateLimitWaitOptions extends WaitOptions {
  /** How many are taken: 1 to `burst`. Default 1. */
  tokens?: number;
}

export interface RateLimiterStats {
  /** What is there now; not always a whole number. */
  readonly tokens: number;
  /** Contexts that wait for tokens. */
  readonly waiting: number;
  /** How often tokens were taken, and how often somebody had to wait for that. */
  readonly acquired: number;
  readonly contended: number;
}

/**
 * Lets things happen at a steady rate, and some at once after a rest.
 *
 * @example
 * ```ts
 * import { RateLimiter } from 'greenroom/sync';
 *
 * const calls = new RateLimiter({ limit: 10, interval: 1000, burst: 20, name: 'geocoder' });
 * function locate(address) {
 *   calls.acquire({ timeout: 5000 });
 *   return geocoder.get(address);
 * }
 * ```
 * @see docs/sync.md
 */
export class RateLimiter extends Primitive {
  readonly burst: number;
  readonly #bucket: TokenBucket;
  readonly #line = new WaitLine<undefined, number>();
  #timer: NodeJS.Timeout | undefined = undefined;
  #acquired = 0;
  #contended = 0;

  constructor(options: RateLimiterOptions) {
    super(options, { limit: undefined, interval: undefined, burst: undefined });
    const { limit, interval = 1000, burst = Math.max(1, Math.floor(limit)) } = options;
    for (const [option, value] of Object.entries({ limit, interval })) {
      if (!(Number.isFinite(value) && value > 0)) throw new InvalidOptionError(option, 'a number above 0', value);
    }
    assertInteger('burst', burst, 1, Number.MAX_SAFE_INTEGER);
    this.burst = burst;
    this.#bucket = new TokenBucket(limit / interval, burst);
  }

  /**
   * Takes a token; suspends the context until there is one and those who asked before have theirs. A waiter that is
   * cancelled, or whose time is over, takes none.
   *
   * @param options - how many tokens, and the limits of the waiting; see `wait()`.
   * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`
   *   and `GREEN_ERR_OPT_INVALID` as `wait()`; the last one also for `tokens` above `burst`.
   */
  acquire(options: RateLimitWaitOptions = {}): void {
    const context = startWait('rateLimiter.acquire()', options, ['tokens']);
    const { tokens = 1 } = options;
    assertInteger('tokens', tokens, 1, this.burst);
    if (!this.#takeNow(tokens)) {
      this.#contended++;
      const left = (): void => this.#serve();
      const lost = (): void => {
        this.#bucket.putBack(tokens);
        this.#serve();
      };
      // Its place is in line only once it waits, so the timer comes first and looks at what is there by then.
      if (this.#line.size === 0) this.#setTimer(tokens);
      this.#line.wait(context, this, 'rateLimiter.acquire()', options, tokens, { left, lost });
    }
    this.#acquired++;
  }

  /**
   * Takes tokens if they are there and nobody waits; false if not. Never suspends, and may be called anywhere.
   *
   * @param tokens - 1 to `burst`.
   * @throws `GREEN_ERR_OPT_INVALID` for bad `tokens`.
   */
  tryAcquire(tokens = 1): boolean {
    assertInteger('tokens', tokens, 1, this.burst);
    const taken = this.#takeNow(tokens);
    if (taken) this.#acquired++;
    return taken;
  }

  get stats(): RateLimiterStats {
    return {
      tokens: this.#bucket.tokens,
      waiting: this.#line.size,
      acquired: this.#acquired,
      contended: this.#contended,
    };
  }

  #takeNow(tokens: number): boolean {
    return this.#line.size === 0 && this.#bucket.take(tokens);
  }

  readonly #serve = (): void => {
    clearTimeout(this.#timer);
    for (let place = this.#line.first; place !== null; place = this.#line.first) {
      if (!this.#bucket.take(place.request)) {
        this.#setTimer(place.request);
        return;
      }
      if (this.#line.grantFirst(undefined) === null) this.#bucket.putBack(place.request); // it has given up
    }
  };

  #setTimer(tokens: number): void {
    this.#timer = setTimeout(this.#serve, Math.min(MAX_TIMEOUT_MS, this.#bucket.msUntil(tokens)));
  }
}
