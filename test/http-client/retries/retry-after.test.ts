import { describe, expect, it } from 'vitest';

import { retryAfterMs } from '../../../src/http-client/retries/retry-after.ts';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

describe('retryAfterMs()', () => {
  it.each<[string | string[], number | null]>([
    ['120', 120_000],
    ['0', 0],
    ['1.5', 1500],
    [' 7 ', 7000],
    [['3', '9'], 3000],
    ['Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
    ['Thursday, 01-Jan-26 12:00:30 GMT', 30_000],
    ['Thu Jan  1 12:00:30 2026 GMT', 30_000],
    ['Thu, 01 Jan 2026 11:59:00 GMT', 0],
    ['2026-01-01T12:00:05Z', 5000],
    ['', null],
    ['soon', null],
    ['soon 3', null],
    ['-5', null],
    ['1e9', null],
    ['0x10', null],
    ['Infinity', null],
  ])('reads Retry-After: %j as %j ms', (value, expected) => {
    expect(retryAfterMs(503, { 'retry-after': value }, NOW)).toBe(expected);
  });

  it('reads Retry-After at any status', () => {
    expect(retryAfterMs(408, { 'retry-after': '1' }, NOW)).toBe(1000);
  });

  it('reads the RateLimit headers at 429 and 503: seconds, or a point of time', () => {
    expect(retryAfterMs(429, { 'ratelimit-reset': '5' }, NOW)).toBe(5000);
    expect(retryAfterMs(503, { 'x-ratelimit-reset': String(NOW / 1000 + 7) }, NOW)).toBe(7000);
    expect(retryAfterMs(429, { 'x-rate-limit-reset': String(NOW / 1000 - 7) }, NOW)).toBe(0);
    expect(retryAfterMs(502, { 'ratelimit-reset': '5' }, NOW)).toBeNull();
  });

  it('prefers Retry-After', () => {
    expect(retryAfterMs(429, { 'retry-after': '1', 'ratelimit-reset': '5' }, NOW)).toBe(1000);
  });

  it('has no opinion without such a header', () => {
    expect(retryAfterMs(503, {}, NOW)).toBeNull();
  });
});
