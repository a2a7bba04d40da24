// When a server wants to be asked again.

import type { HeaderRecord } from '../responses/http-headers.ts';

// RateLimit-Reset is a draft's (draft-ietf-httpapi-ratelimit-headers-05: seconds), the others are what APIs really send:
// seconds, or a point of time in seconds since 1970.
const RESET_HEADERS = ['ratelimit-reset', 'x-ratelimit-reset', 'x-rate-limit-reset'];

// Seconds above this (the year 2001) are a point of time: nobody asks for 31 years of patience.
const EPOCH_SECONDS = 1e9;

/**
 * Milliseconds from now, 0 or more, that the response asks to wait; null if it does not say, or not intelligibly.
 * Retry-After counts at every status (RFC 9110 section 10.2.3: seconds or a date); the RateLimit headers only at 429 and
 * 503, because servers send them with every response.
 *
 * @param nowMs - milliseconds since 1970.
 */
export function retryAfterMs(status: number, headers: HeaderRecord, nowMs: number = Date.now()): number | null {
  const retryAfter = first(headers['retry-after']);
  if (retryAfter !== undefined) return fromSeconds(retryAfter, nowMs) ?? fromDate(retryAfter, nowMs);
  if (status !== 429 && status !== 503) return null;
  for (const name of RESET_HEADERS) {
    const reset = first(headers[name]);
    if (reset !== undefined) return fromSeconds(reset, nowMs) ?? fromDate(reset, nowMs);
  }
  return null;
}

function first(value: string | string[] | undefined): string | undefined {
  return (typeof value === 'string' ? value : value?.[0])?.trim();
}

function fromSeconds(text: string, nowMs: number): number | null {
  if (!/^\d{1,15}(?:\.\d{1,9})?$/.test(text)) return null;
  const seconds = Number(text);
  return seconds < EPOCH_SECONDS ? seconds * 1000 : Math.max(0, seconds * 1000 - nowMs);
}

// Date.parse() reads much that is no date, such as 'soon 3'; HTTP's dates name a month and GMT, ISO's begin with a year.
function fromDate(text: string, nowMs: number): number | null {
  if (!/^(?:[A-Z][a-z]+,? .*\d|\d{4}-\d\d-\d\d)/.test(text)) return null;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
