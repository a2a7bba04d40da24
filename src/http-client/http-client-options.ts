// The client's options: their types, their defaults and their checks.

import { InvalidOptionError } from '../errors.ts';
import { type HttpHeadersInput, mergeHeaders, type RequestHeaders } from './request-headers.ts';
import { TargetResolver } from './target.ts';

export interface HttpClientOptions<Green extends boolean = boolean> {
  /** True: calls suspend the green context and return values. False: they return promises. */
  green?: Green;
  /** What relative URLs are appended to, such as `http://127.0.0.1:3000/api`. Its path stays, whatever follows. */
  baseUrl?: string | URL;
  /** Sent with every request, beside the default ones; a request's own win, and `null` leaves one out. */
  headers?: HttpHeadersInput;
  /** Milliseconds from the call to the end of the body, 0 to 2,147,483,647; 0 for no limit. */
  timeout?: number;
  /** The largest response body in bytes, 1 or more; `Infinity` for no limit. */
  maxResponseBytes?: number;
}

/** Values of the options that are not given. */
export const HTTP_CLIENT_DEFAULTS: Readonly<Required<Omit<HttpClientOptions<false>, 'baseUrl'>>> = Object.freeze({
  green: false,
  headers: Object.freeze({ accept: '*/*', 'user-agent': 'greenroom' }),
  timeout: 30_000,
  maxResponseBytes: 100 * 1024 * 1024,
});

export interface ResolvedHttpClientOptions {
  readonly green: boolean;
  readonly targets: TargetResolver;
  readonly headers: RequestHeaders;
  readonly timeout: number;
  readonly maxResponseBytes: number;
}

const KNOWN = ['green', 'baseUrl', 'headers', 'timeout', 'maxResponseBytes'];

const MAX_TIMER_MS = 2 ** 31 - 1; // setTimeout() takes more for 1 ms

// What other clients call it.
const SPELT: ReadonlyMap<string, string> = new Map([
  ['baseURL', 'baseUrl'],
  ['prefixUrl', 'baseUrl'],
  ['query', 'params'],
  ['searchParams', 'params'],
  ['data', 'body or json'],
]);

export function resolveHttpClientOptions(options: HttpClientOptions): ResolvedHttpClientOptions {
  assertKnown('options', options, KNOWN);
  const green = options.green ?? HTTP_CLIENT_DEFAULTS.green;
  if (typeof green !== 'boolean') throw new InvalidOptionError('green', 'true or false', green);
  const timeout = options.timeout ?? HTTP_CLIENT_DEFAULTS.timeout;
  assertTimeout(timeout);
  const maxResponseBytes = options.maxResponseBytes ?? HTTP_CLIENT_DEFAULTS.maxResponseBytes;
  if (
    maxResponseBytes !== Number.POSITIVE_INFINITY &&
    !(Number.isSafeInteger(maxResponseBytes) && maxResponseBytes > 0)
  ) {
    throw new InvalidOptionError('maxResponseBytes', 'an integer of 1 or more, or Infinity', maxResponseBytes);
  }
  return {
    green,
    targets: new TargetResolver(options.baseUrl),
    headers: mergeHeaders(mergeHeaders(new Map(), HTTP_CLIENT_DEFAULTS.headers), options.headers),
    timeout,
    maxResponseBytes,
  };
}

export function assertTimeout(timeout: number): void {
  if (typeof timeout === 'number' && timeout >= 0 && timeout <= MAX_TIMER_MS) return;
  throw new InvalidOptionError('timeout', `a number of milliseconds from 0 (no limit) to ${MAX_TIMER_MS}`, timeout);
}

export function assertKnown(what: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw new InvalidOptionError(what, 'an object', options);
  for (const key in options) {
    if (known.includes(key)) continue;
    const hint = SPELT.get(key);
    const spelling = hint === undefined ? '' : ` (use ${hint} here)`;
    throw new InvalidOptionError(what, `made of ${known.join(', ')}${spelling}`, key);
  }
}
