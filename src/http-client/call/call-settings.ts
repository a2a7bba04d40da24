// All that one call needs to know: the client's options with the request's own over them, checked. Nothing is sent here.

import type { Dispatcher } from 'undici';

import { InvalidOptionError } from '../../errors.ts';
import { assertBoolean } from '../../pool/index.ts';
import { type AuthScheme, authScheme } from '../auth/http-auth.ts';
import type { Netrc } from '../auth/netrc.ts';
import { bodyOf } from '../bodies/body-of.ts';
import type { RequestBody } from '../bodies/request-body.ts';
import { maxBytesOf, type ResolvedDefaults, redirectsOf } from '../client-options.ts';
import { checkCookies } from '../cookies/request-cookies.ts';
import { InvalidRequestError } from '../http-errors.ts';
import { OutgoingRequest } from '../outgoing-request.ts';
import { isToken, mergeHeaders, type RequestHeaders, withHeader } from '../request-headers.ts';
import { assertRequestOptions, type HttpProgress, type HttpRequestOptions } from '../request-options.ts';
import { fillPath, mergeParams, withParams } from '../request-params.ts';
import { resolveRetry } from '../retries/retry-options.ts';
import type { RetryPolicy } from '../retries/retry-policy.ts';
import { type Target, urlText } from '../target.ts';
import { type ResolvedTimeouts, resolveTimeouts } from '../timeouts.ts';
import type { Transport } from '../transport/transport.ts';
import type { RouteOverride } from '../transport/transport-options.ts';
import { CallCookies } from './call-cookies.ts';
import { type ResolvedHooks, resolveHooks } from './hooks.ts';
import type { InFlight } from './in-flight.ts';

type OnProgress = (progress: HttpProgress) => void;

export interface CallSettings {
  readonly green: boolean;
  /** Whether requests go out as they are, and nothing of the caller's runs meanwhile. */
  readonly plain: boolean;
  readonly transport: Transport;
  readonly route: RouteOverride | undefined;
  readonly auth: AuthScheme | null;
  readonly cookies: CallCookies | null;
  readonly netrc: Netrc | null;
  readonly inFlight: InFlight;
  readonly hooks: ResolvedHooks | null;
  readonly timeouts: ResolvedTimeouts;
  readonly retry: RetryPolicy;
  readonly redirects: number;
  readonly throwOnError: boolean;
  readonly maxResponseBytes: number;
  readonly decompress: boolean;
  readonly stream: boolean;
  readonly signal: AbortSignal | null;
  readonly onUploadProgress: OnProgress | undefined;
  readonly onDownloadProgress: OnProgress | undefined;
}

/** What a call begins with. */
export interface PreparedCall {
  readonly settings: CallSettings;
  readonly request: OutgoingRequest;
}

/** Whose calls they are. */
export interface Caller {
  readonly defaults: ResolvedDefaults;
  readonly transport: Transport;
  readonly inFlight: InFlight;
  /** The settings of calls without options, made with the first of them. */
  plainSettings: CallSettings | null;
}

const NO_OPTIONS: HttpRequestOptions = Object.freeze({});

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** @throws `GREEN_ERR_OPT_INVALID` */
export function prepareCall(
  caller: Caller,
  method: string,
  url: string | URL,
  options: HttpRequestOptions = NO_OPTIONS,
): PreparedCall {
  const client = caller.defaults;
  if (options !== NO_OPTIONS) assertRequestOptions(options);
  const target = client.targets.resolve(options.path === undefined ? url : fillPath(urlText('url', url), options.path));
  const request = requestOf(client, METHODS.has(method) ? method : normalizeMethod(method), target, options);
  const auth = authOf(client, options, target);
  if (options !== NO_OPTIONS || auth !== null) return { settings: settingsOf(caller, options, request, auth), request };
  caller.plainSettings ??= settingsOf(caller, NO_OPTIONS, request, null);
  return { settings: caller.plainSettings, request };
}

function settingsOf(
  { defaults: client, transport, inFlight }: Caller,
  options: HttpRequestOptions,
  request: OutgoingRequest,
  auth: AuthScheme | null,
): CallSettings {
  const { throwOnError = client.throwOnError, decompress = client.decompress } = options;
  assertBoolean('throwOnError', throwOnError);
  assertBoolean('decompress', decompress);
  const hooks = resolveHooks(client.hooks, options.hooks);
  const cookies = cookiesOf(client, options, request);
  return {
    green: client.green,
    plain:
      auth === null &&
      client.netrc === null &&
      cookies === null &&
      hooks === null &&
      request.body?.prepare === undefined &&
      request.body?.pumped !== true,
    transport,
    route: routeOf(options),
    auth,
    netrc: options.auth === null ? null : client.netrc,
    cookies,
    inFlight,
    hooks,
    timeouts: resolveTimeouts(options.timeout, client.timeouts),
    retry: resolveRetry(options.retry, client.retry),
    redirects: options.redirects === undefined ? client.redirects : redirectsOf(options.redirects),
    throwOnError,
    maxResponseBytes:
      options.maxResponseBytes === undefined ? client.maxResponseBytes : maxBytesOf(options.maxResponseBytes),
    decompress,
    stream: options.stream ?? false,
    signal: options.signal ?? null,
    onUploadProgress: options.onUploadProgress,
    onDownloadProgress: options.onDownloadProgress,
  };
}

export function dispatcherFor(settings: CallSettings, request: OutgoingRequest): Dispatcher {
  return settings.transport.dispatcherFor(request.origin, request.path, settings.route);
}

function requestOf(
  client: ResolvedDefaults,
  method: string,
  target: Target,
  options: HttpRequestOptions,
): OutgoingRequest {
  const path = withParams(target.path, mergeParams(client.params, options.params));
  const body = bodyOf(options);
  const headers = headersOf(client, target, options, body);
  const flat = headers === client.headers ? client.flatHeaders : null;
  return new OutgoingRequest(method, target.origin, path, headers, body, flat);
}

function headersOf(
  client: ResolvedDefaults,
  target: Target,
  options: HttpRequestOptions,
  body: RequestBody | null,
): RequestHeaders {
  let headers = mergeHeaders(isAtHome(client, target) ? client.headers : client.publicHeaders, options.headers);
  if (options.decompress === false && headers.get('accept-encoding') === client.headers.get('accept-encoding')) {
    headers = withHeader(headers, 'accept-encoding', null);
  }
  if (body?.contentType != null && !headers.has('content-type')) {
    headers = withHeader(headers, 'content-type', body.contentType);
  }
  return headers;
}

function authOf(client: ResolvedDefaults, options: HttpRequestOptions, target: Target): AuthScheme | null {
  if (options.auth !== undefined) return options.auth === null ? null : authScheme(options.auth);
  if (client.auth !== null && isAtHome(client, target)) return client.auth;
  if (target.userinfo !== null) return authScheme(target.userinfo);
  return netrcAuth(client.netrc, target.origin);
}

/** The scheme for the entry that the netrc file has for an origin. */
export function netrcAuth(netrc: Netrc | null, origin: string): AuthScheme | null {
  const credentials = netrc?.credentialsFor(new URL(origin).hostname) ?? null;
  return credentials === null ? null : authScheme(credentials);
}

// A client with a baseUrl is one service's: an absolute URL to another host must not take its secrets there.
function isAtHome({ targets }: ResolvedDefaults, { origin }: Target): boolean {
  return targets.baseOrigin === null || targets.baseOrigin === origin;
}

function cookiesOf(
  client: ResolvedDefaults,
  { cookies: own }: HttpRequestOptions,
  { origin }: OutgoingRequest,
): CallCookies | null {
  if (own !== undefined) checkCookies(own);
  if (own === undefined && client.cookies === null) return null;
  return new CallCookies(client.cookies, own ?? null, origin);
}

function routeOf({ proxy, tls, socketPath, http2 }: HttpRequestOptions): RouteOverride | undefined {
  if (proxy === undefined && tls === undefined && socketPath === undefined && http2 === undefined) return undefined;
  const route: RouteOverride = {};
  if (proxy !== undefined) route.proxy = proxy;
  if (tls !== undefined) route.tls = tls;
  if (socketPath !== undefined) route.socketPath = socketPath;
  if (http2 !== undefined) route.http2 = http2;
  return route;
}

function normalizeMethod(method: string): string {
  if (typeof method !== 'string') throw new InvalidOptionError('method', 'a string', method);
  if (!isToken(method)) throw new InvalidRequestError('method', 'an HTTP token');
  const upper = method.toUpperCase();
  if (upper === 'CONNECT') {
    throw new InvalidRequestError('method', 'one that has an ordinary response; CONNECT has not');
  }
  return upper;
}
