// A request's headers: checked before anything is sent, names in lower case, the request's over the client's.

import { InvalidRequestError } from './http-errors.ts';

/** `null` leaves out a default header; `undefined` counts as not given; an array repeats the header. */
export type HttpHeadersInput = Readonly<Record<string, string | number | readonly string[] | null | undefined>>;

export type RequestHeaders = ReadonlyMap<string, string | readonly string[]>;

// RFC 9110 section 5.6.2 and 5.5; the value's as undici and node:http have it.
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

// They frame the message, which is the client's work.
const REFUSED: ReadonlySet<string> = new Set(['transfer-encoding', 'keep-alive', 'upgrade', 'expect']);

export function mergeHeaders(base: RequestHeaders, extra: HttpHeadersInput | undefined): RequestHeaders {
  if (extra === undefined) return base;
  if (typeof extra !== 'object' || extra === null || Symbol.iterator in extra) {
    throw new InvalidRequestError('headers', 'a plain object');
  }
  const merged = new Map(base);
  for (const [key, value] of Object.entries(extra)) {
    const name = key.toLowerCase();
    if (!isToken(name)) throw new InvalidRequestError('The name of a header', 'an HTTP token');
    if (REFUSED.has(name)) throw new InvalidRequestError('headers', `without ${name}, which the client itself governs`);
    if (value === null) merged.delete(name);
    else if (value !== undefined) merged.set(name, checkValue(name, value));
  }
  return merged;
}

/** A copy with one header more, another value for it, or (null) without it. */
export function withHeader(
  headers: RequestHeaders,
  name: string,
  value: string | readonly string[] | null,
): RequestHeaders {
  return mergeHeaders(headers, { [name]: value });
}

/** As undici takes it: name, value, name, value. */
export function flattenHeaders(headers: RequestHeaders): string[] {
  const flat: (string | readonly string[])[] = [];
  for (const [name, value] of headers) flat.push(name, value);
  return flat as string[];
}

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

function checkValue(name: string, value: string | number | readonly string[]): string | readonly string[] {
  if (typeof value === 'number') return String(value);
  const lines = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  for (const line of lines) {
    if (typeof line !== 'string' || NOT_IN_VALUE.test(line)) {
      throw new InvalidRequestError(
        `The ${name} header`,
        'a string, a number or an array of strings, of latin1 characters and without line breaks',
      );
    }
  }
  return value;
}
