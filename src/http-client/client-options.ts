// The client's options: their types, their defaults and their checks.

import type { CookieJar } from 'tough-cookie';

import { InvalidOptionError } from '../errors.ts';
import { assertBoolean } from '../pool/index.ts';
import { type AuthScheme, authScheme, type HttpAuth } from './auth/http-auth.ts';
import { Netrc } from './auth/netrc.ts';
import { type HttpHooksInput, type ResolvedHooks, resolveHooks } from './call/hooks.ts';
import { type CookieStore, newCookieStore } from './cookies/cookie-store.ts';
import { ACCEPT_ENCODING } from './decoding/codings.ts';
import { flattenHeaders, type HttpHeadersInput, mergeHeaders, type RequestHeaders } from './request-headers.ts';
import { assertNames, DEFAULT_NAMES } from './request-options.ts';
import { type HttpParams, searchOf } from './request-params.ts';
import { type RetryOptions, resolveRetry } from './retries/retry-options.ts';
import type { RetryPolicy } from './retries/retry-policy.ts';
import { TargetResolver } from './target.ts';
import { DEFAULT_TIMEOUTS, type HttpTimeouts, type ResolvedTimeouts, resolveTimeouts } from './timeouts.ts';
import { TRANSPORT_DEFAULTS, type TransportOptions } from './transport/transport-options.ts';

/** What a client sends, and how it takes what comes back; each can be said anew for a request. */
export interface HttpDefaults {
  /** Sent with every request, beside the default ones; a request's own win, and `null` leaves one out. */
  headers?: HttpHeadersInput;
  /** Appended to the query of every URL; a request's own win. */
  params?: HttpParams;
  /** How to authenticate. An `authorization` header wins, and a `user:password@` in a URL loses. */
  auth?: HttpAuth | null;
  /** Limits in milliseconds; a number is the total. Default: 30,000 in total, 10,000 to connect. */
  timeout?: number | HttpTimeouts;
  /** How often a request is sent again after a failure or a status such as 503; see {@link RetryOptions}. Default: 0. */
  retry?: number | RetryOptions;
  /** How many redirects are followed, 0 to 100; false for none: the response is then the redirect. Default: 10. */
  redirects?: number | false;
  /** Whether a status of 400 or more is thrown, as raiseForStatus() does. Default: false. */
  throwOnError?: boolean;
  /** The largest response body in bytes, after decoding; 1 or more, `Infinity` for no limit. Default: 100 MiB. */
  maxResponseBytes?: number;
  /** Whether compressed bodies are asked for, and decoded. Default: true. */
  decompress?: boolean;
  /** Functions to call around each request; see {@link HttpHooks}. A request's own come after the client's. */
  hooks?: HttpHooksInput;
}

export interface HttpClientOptions<Green extends boolean = boolean> extends HttpDefaults, TransportOptions {
  /** True: calls suspend the green context and return values. False: they return promises. Default: false. */
  green?: Green;
  /** What relative URLs are appended to, such as `http://127.0.0.1:3000/api`. Its path stays, whatever follows. */
  baseUrl?: string | URL;
  /**
   * True keeps the cookies that servers set and sends them back, or give a tough-cookie jar. Default: false, because a
   * client that several users' requests share would mix up their sessions.
   */
  cookies?: boolean | CookieJar;
  /** Takes user names and passwords from ~/.netrc ($NETRC), or from this file, where `auth` is not given. Default: false. */
  netrc?: boolean | string;
}

/** Values of the options that are not given. */
export const HTTP_CLIENT_DEFAULTS: {
  readonly green: false;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeout: ResolvedTimeouts;
  readonly retry: 0;
  readonly redirects: 10;
  readonly throwOnError: false;
  readonly maxResponseBytes: number;
  readonly decompress: true;
  readonly cookies: false;
  readonly netrc: false;
} = Object.freeze({
  green: false,
  headers: Object.freeze({ accept: '*/*', 'accept-encoding': ACCEPT_ENCODING, 'user-agent': 'greenroom' }),
  timeout: DEFAULT_TIMEOUTS,
  retry: 0,
  redirects: 10,
  throwOnError: false,
  maxResponseBytes: 100 * 1024 * 1024,
  decompress: true,
  cookies: false,
  netrc: false,
});

/** An application in this process has no address. */
const APP_ORIGIN = 'http://localhost';

const NAMES: ReadonlySet<string> = new Set<string>([
  'green',
  'baseUrl',
  ...DEFAULT_NAMES,
  'cookies',
  'netrc',
  ...Object.keys(TRANSPORT_DEFAULTS),
]);

export interface ResolvedDefaults {
  readonly green: boolean;
  readonly targets: TargetResolver;
  readonly headers: RequestHeaders;
  readonly flatHeaders: string[];
  /** For another host than that of `baseUrl`. */
  readonly publicHeaders: RequestHeaders;
  readonly params: URLSearchParams | null;
  readonly auth: AuthScheme | null;
  readonly netrc: Netrc | null;
  readonly cookies: CookieStore | null;
  readonly timeouts: ResolvedTimeouts;
  readonly retry: RetryPolicy;
  readonly redirects: number;
  readonly throwOnError: boolean;
  readonly maxResponseBytes: number;
  readonly decompress: boolean;
  readonly hooks: ResolvedHooks | null;
}

export function resolveClient(options: HttpClientOptions): ResolvedDefaults {
  assertNames('options', options, NAMES);
  const defaults = HTTP_CLIENT_DEFAULTS;
  const { green = defaults.green, throwOnError = defaults.throwOnError, decompress = defaults.decompress } = options;
  assertBoolean('green', green);
  assertBoolean('throwOnError', throwOnError);
  assertBoolean('decompress', decompress);
  const standard = mergeHeaders(new Map(), defaults.headers);
  const headers = mergeHeaders(
    decompress ? standard : mergeHeaders(standard, { 'accept-encoding': null }),
    options.headers,
  );
  return {
    green,
    targets: new TargetResolver(options.baseUrl ?? (options.app === undefined ? undefined : APP_ORIGIN)),
    headers,
    flatHeaders: flattenHeaders(headers),
    publicHeaders: mergeHeaders(headers, { authorization: null, cookie: null, 'proxy-authorization': null }),
    params: options.params === undefined ? null : searchOf(options.params),
    auth: options.auth == null ? null : authScheme(options.auth),
    netrc: netrcOf(options.netrc ?? defaults.netrc),
    cookies: cookiesOf(options.cookies ?? defaults.cookies),
    timeouts: resolveTimeouts(options.timeout),
    retry: resolveRetry(options.retry ?? defaults.retry),
    redirects: redirectsOf(options.redirects ?? defaults.redirects),
    throwOnError,
    maxResponseBytes: maxBytesOf(options.maxResponseBytes ?? defaults.maxResponseBytes),
    decompress,
    hooks: resolveHooks(null, options.hooks),
  };
}

function cookiesOf(cookies: boolean | CookieJar): CookieStore | null {
  return cookies === false ? null : newCookieStore(cookies);
}

function netrcOf(netrc: boolean | string): Netrc | null {
  return netrc === false ? null : new Netrc(netrc);
}

const MAX_REDIRECTS = 100;

export function redirectsOf(redirects: number | false): number {
  if (redirects === false) return 0;
  if (Number.isInteger(redirects) && redirects >= 0 && redirects <= MAX_REDIRECTS) return redirects;
  throw new InvalidOptionError('redirects', `false, or an integer from 0 to ${MAX_REDIRECTS}`, redirects);
}

export function maxBytesOf(maxResponseBytes: number): number {
  if (maxResponseBytes === Number.POSITIVE_INFINITY) return maxResponseBytes;
  if (Number.isSafeInteger(maxResponseBytes) && maxResponseBytes > 0) return maxResponseBytes;
  throw new InvalidOptionError('maxResponseBytes', 'an integer of 1 or more, or Infinity', maxResponseBytes);
}
