import { describe, expect, it } from 'vitest';

import { HttpConnectError, HttpTimeoutError, HttpTransportError } from '../../../src/http-client/http-errors.ts';
import { RETRY_DEFAULTS, type RetryOptions, resolveRetry } from '../../../src/http-client/retries/retry-options.ts';
import type { FailedAttempt } from '../../../src/http-client/retries/retry-policy.ts';

const DETAILS = { method: 'GET', origin: 'http://a.example', path: '/', elapsed: 1, attempt: 1 };
const FIRST: FailedAttempt = {
  attempt: 1,
  method: 'GET',
  replayable: true,
  status: 503,
  error: null,
  retryAfterMs: null,
};

function delay(
  options: number | RetryOptions | undefined,
  failed: Partial<FailedAttempt> = {},
  random = 0,
): number | null {
  return resolveRetry(options).delayMs({ ...FIRST, ...failed }, random);
}

function delayAfter(error: unknown, options: RetryOptions = {}): number | null {
  return delay({ limit: 1, ...options }, { status: null, error });
}

describe('RetryPolicy', () => {
  it('repeats nothing by default', () => {
    expect(delay(undefined)).toBeNull();
    expect(resolveRetry(undefined).limit).toBe(0);
  });

  it('repeats as often as the limit says', () => {
    expect([1, 2, 3].map((attempt) => delay(2, { attempt }))).toEqual([250, 500, null]);
  });

  it('doubles the delay up to maxDelay', () => {
    const options = { limit: 100, backoff: 100, maxDelay: 1000 };
    expect([1, 2, 3, 4, 5, 100].map((attempt) => delay(options, { attempt }))).toEqual([
      100, 200, 400, 800, 1000, 1000,
    ]);
    expect(delay({ limit: 1, backoff: 0 })).toBe(0);
  });

  it('leaves the share jitter to chance', () => {
    expect(delay({ limit: 1, backoff: 100, jitter: 1 }, {}, 0.75)).toBe(25);
    expect(delay({ limit: 1, backoff: 100, jitter: 0.5 }, {}, 0.5)).toBe(75);
    expect(delay({ limit: 1, backoff: 100, jitter: 0 }, {}, 0.99)).toBe(100);
  });

  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])('repeats %s', (method) => {
    expect(delay(1, { method })).toBe(250);
  });

  it.each(['POST', 'PATCH', 'PROPFIND'])('repeats %s only when told', (method) => {
    expect(delay(1, { method })).toBeNull();
    expect(delay({ limit: 1, methods: [method.toLowerCase()] }, { method })).toBe(250);
  });

  it('repeats nothing whose body is gone', () => {
    expect(delay(1, { replayable: false })).toBeNull();
  });

  it('repeats some statuses', () => {
    const repeated = [200, 304, 400, 401, 408, 413, 425, 429, 500, 502, 503, 504].filter(
      (status) => delay(1, { status }) !== null,
    );
    expect(repeated).toEqual([408, 429, 502, 503, 504]);
    expect(delay({ limit: 1, statuses: [500] }, { status: 500 })).toBe(250);
    expect(delay({ limit: 1, statuses: [500] }, { status: 503 })).toBeNull();
  });

  it('keeps to Retry-After exactly, and gives up when it is too long', () => {
    expect(delay(1, { retryAfterMs: 3000 }, 0.5)).toBe(3000);
    expect(delay(1, { retryAfterMs: 0 })).toBe(0);
    expect(delay(1, { retryAfterMs: 30_000 })).toBe(30_000);
    expect(delay(1, { retryAfterMs: 60_001 })).toBeNull();
    expect(delay({ limit: 1, maxRetryAfter: Number.POSITIVE_INFINITY }, { retryAfterMs: 1e9 })).toBe(1e9);
  });

  it('repeats what did not connect, broke off, or ran out of its phase', () => {
    expect(delayAfter(new HttpConnectError(DETAILS, null))).toBe(250);
    expect(delayAfter(new HttpTransportError(DETAILS, 'headers', null))).toBe(250);
    for (const limit of ['connect', 'headers', 'body'] as const) {
      expect(delayAfter(new HttpTimeoutError(DETAILS, limit, limit, 10))).toBe(250);
    }
    expect(delayAfter({ code: 'GREEN_ERR_HTTP_PROXY', status: null })).toBe(250);
  });

  it('repeats nothing after the total timeout, a cancellation, bad input, or an answer that stands', () => {
    const codes = [
      'CANCELLED',
      'OPT_INVALID',
      'HTTP_TLS',
      'HTTP_CLOSED',
      'HTTP_BODY_TOO_LARGE',
      'HTTP_DECODE',
      'INTERNAL',
    ];
    for (const code of codes) expect(delayAfter({ code: `GREEN_ERR_${code}` })).toBeNull();
    expect(delayAfter(new HttpTimeoutError(DETAILS, 'headers', 'total', 10))).toBeNull();
    expect(delayAfter({ code: 'GREEN_ERR_HTTP_PROXY', status: 407 })).toBeNull();
    expect(delayAfter({ code: 'ECONNREFUSED' })).toBeNull();
    expect(delayAfter(null)).toBeNull();
    expect(delayAfter(new Error('of the caller'))).toBeNull();
  });

  it('without onTimeout repeats a timeout only where nothing was sent', () => {
    const delayOf = (limit: 'connect' | 'headers' | 'body'): number | null =>
      delayAfter(new HttpTimeoutError(DETAILS, limit, limit, 10), { onTimeout: false });
    expect([delayOf('connect'), delayOf('headers'), delayOf('body')]).toEqual([250, null, null]);
  });

  it('repeats the errors of codes only', () => {
    const options = { codes: ['GREEN_ERR_HTTP_CONNECT'] };
    expect(delayAfter(new HttpConnectError(DETAILS, null), options)).toBe(250);
    expect(delayAfter(new HttpTransportError(DETAILS, 'headers', null), options)).toBeNull();
  });
});

describe('resolveRetry()', () => {
  it('leaves what a request does not say to the client', () => {
    const client = resolveRetry({ limit: 5, backoff: 10, methods: ['POST'] });
    expect(resolveRetry(undefined, client)).toBe(client);
    const request = resolveRetry(1, client);
    expect(request.limit).toBe(1);
    expect(request.delayMs({ ...FIRST, method: 'POST' }, 0)).toBe(10);
    expect(resolveRetry({ backoff: undefined } as unknown as RetryOptions, client).options.backoff).toBe(10);
  });

  it('takes its defaults from RETRY_DEFAULTS', () => {
    const { methods, statuses, codes, ...others } = resolveRetry({}).options;
    expect({ methods: [...methods], statuses: [...statuses], codes: [...codes], ...others }).toEqual(RETRY_DEFAULTS);
  });

  it.each<[unknown]>([
    [-1],
    [1.5],
    [101],
    [Number.NaN],
    ['3'],
    [null],
    [true],
    [[1]],
    [{ limit: '3' }],
    [{ retries: 3 }],
    [{ methods: 'GET' }],
    [{ methods: ['G T'] }],
    [{ statuses: [200] }],
    [{ statuses: ['503'] }],
    [{ codes: ['ECONNRESET'] }],
    [{ codes: ['GREEN_ERR_CANCELLED'] }],
    [{ backoff: -1 }],
    [{ backoff: Number.POSITIVE_INFINITY }],
    [{ maxDelay: 2 ** 31 }],
    [{ jitter: 1.1 }],
    [{ jitter: Number.NaN }],
    [{ maxRetryAfter: -1 }],
    [{ onTimeout: 1 }],
  ])('refuses %j', (options) => {
    expect(() => resolveRetry(options as RetryOptions)).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }),
    );
  });
});
