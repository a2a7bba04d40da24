// The option `retry`: its type, its defaults and its checks.

import { InvalidOptionError } from '../../errors.ts';
import { assertBoolean, assertInteger, assertKnownKeys, MAX_TIMEOUT_MS, withDefaults } from '../../pool/index.ts';
import { isToken } from '../request-headers.ts';
import { RetryPolicy } from './retry-policy.ts';

export interface RetryOptions {
  /** How often a failed attempt is repeated, 0 to 100; the total timeout is over all attempts. */
  limit?: number;
  /** Only these are repeated. The default ones are idempotent by RFC 9110 section 9.2.2. */
  methods?: readonly string[];
  /** Responses that are repeated, 400 to 599. */
  statuses?: readonly number[];
  /** Errors that are repeated, by their `code`. Of those a cancellation or a total timeout never is. */
  codes?: readonly string[];
  /** Milliseconds before the first repetition, doubled with every further one. */
  backoff?: number;
  /** The longest backoff in milliseconds. */
  maxDelay?: number;
  /** The share of the backoff that is left to chance: 0 for none, 1 for all of it. */
  jitter?: number;
  /** The longest Retry-After in milliseconds that is waited for; a longer one ends the attempts. 0 to Infinity. */
  maxRetryAfter?: number;
  /** Whether a request that was sent, and not answered within `headers` or `body` of `timeout`, is repeated. */
  onTimeout?: boolean;
}

/**
 * Values of the options that are not given. The statuses are those that a repetition alone can mend: 408 and 429 ask
 * for it, 502, 503 and 504 tell of a server behind that was not there. Not among them: 500, mostly a bug that fails
 * again; 413, which asks for less; Cloudflare's 521 to 524.
 */
export const RETRY_DEFAULTS: Readonly<Required<RetryOptions>> = Object.freeze({
  limit: 0,
  methods: Object.freeze(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']),
  statuses: Object.freeze([408, 429, 502, 503, 504]),
  codes: Object.freeze([
    'GREEN_ERR_HTTP_CONNECT',
    'GREEN_ERR_HTTP_TRANSPORT',
    'GREEN_ERR_HTTP_TIMEOUT',
    'GREEN_ERR_HTTP_PROXY',
  ]),
  backoff: 250,
  maxDelay: 10_000,
  jitter: 1,
  maxRetryAfter: 60_000,
  onTimeout: true,
});

export interface ResolvedRetryOptions {
  readonly limit: number;
  readonly methods: ReadonlySet<string>;
  readonly statuses: ReadonlySet<number>;
  readonly codes: ReadonlySet<string>;
  readonly backoff: number;
  readonly maxDelay: number;
  readonly jitter: number;
  readonly maxRetryAfter: number;
  readonly onTimeout: boolean;
}

/**
 * The policy for an option `retry`. A number is short for `{ limit }`.
 *
 * @param base - the client's, for what a request's options leave open.
 * @throws `GREEN_ERR_OPT_INVALID`
 */
export function resolveRetry(retry: number | RetryOptions | undefined, base: RetryPolicy | null = null): RetryPolicy {
  if (retry === undefined && base !== null) return base;
  const given = typeof retry === 'number' ? { limit: retry } : retry === undefined ? {} : retry;
  assertKnownKeys(given, RETRY_DEFAULTS, 'retry');
  const resolved = withDefaults(withSets(given), base?.options ?? DEFAULTS);
  assertInteger('retry.limit', resolved.limit, 0, 100);
  assertMs('retry.backoff', resolved.backoff);
  assertMs('retry.maxDelay', resolved.maxDelay);
  if (!(typeof resolved.jitter === 'number' && resolved.jitter >= 0 && resolved.jitter <= 1)) {
    throw new InvalidOptionError('retry.jitter', 'a number from 0 to 1', resolved.jitter);
  }
  if (resolved.maxRetryAfter !== Number.POSITIVE_INFINITY) assertMs('retry.maxRetryAfter', resolved.maxRetryAfter);
  assertBoolean('retry.onTimeout', resolved.onTimeout);
  return new RetryPolicy(resolved);
}

const DEFAULTS: ResolvedRetryOptions = withSets(RETRY_DEFAULTS) as ResolvedRetryOptions;

function withSets({ methods, statuses, codes, ...others }: RetryOptions): Partial<ResolvedRetryOptions> {
  return {
    ...others,
    ...(methods && { methods: setOf('retry.methods', 'HTTP tokens', methods, isMethod, upperCase) }),
    ...(statuses && { statuses: setOf('retry.statuses', 'integers from 400 to 599', statuses, isErrorStatus) }),
    ...(codes && { codes: setOf('retry.codes', 'codes that begin with GREEN_ERR_HTTP_', codes, isCode) }),
  };
}

function setOf<T>(
  option: string,
  expected: string,
  values: readonly T[],
  isValid: (value: unknown) => boolean,
  normalise: (value: T) => T = (value) => value,
): ReadonlySet<T> {
  if (!Array.isArray(values) || !values.every(isValid)) {
    throw new InvalidOptionError(option, `an array of ${expected}`, values);
  }
  return new Set(values.map((value: T) => normalise(value)));
}

function isMethod(value: unknown): boolean {
  return typeof value === 'string' && isToken(value);
}

function upperCase(method: string): string {
  return method.toUpperCase();
}

function isErrorStatus(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 400 && (value as number) <= 599;
}

function isCode(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('GREEN_ERR_HTTP_');
}

function assertMs(option: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0 && value <= MAX_TIMEOUT_MS) return;
  throw new InvalidOptionError(option, `a number of milliseconds from 0 to ${MAX_TIMEOUT_MS}`, value);
}
