// One request's options. The client's own hold wherever they are not given.

import { InvalidOptionError } from '../errors.ts';
import type { BodyOptions } from './bodies/body-of.ts';
import type { HttpDefaults } from './client-options.ts';
import { InvalidRequestError } from './http-errors.ts';
import type { HttpPathParams } from './request-params.ts';
import type { RouteOverride } from './transport/transport-options.ts';

/** How far a body has come. */
export interface HttpProgress {
  /** Bytes so far, as they are on the wire. */
  readonly transferred: number;
  /** Bytes in all; null if unknown. */
  readonly total: number | null;
}

export interface HttpRequestOptions<Stream extends boolean = boolean> extends HttpDefaults, BodyOptions, RouteOverride {
  /** Fills `{name}` in the URL; escaped. */
  path?: HttpPathParams;
  /** Sent with this request, beside those of the client's jar, and not kept. */
  cookies?: Readonly<Record<string, string>>;
  /** True gives the response as soon as its headers are there; its body is then read piece by piece. */
  stream?: Stream;
  /** Ends the call when aborted, with `GREEN_ERR_CANCELLED`; a streamed body as well. */
  signal?: AbortSignal;
  /** Called as the body is sent. Must not suspend. */
  onUploadProgress?: (progress: HttpProgress) => void;
  /** Called as the response's body comes in. Must not suspend. */
  onDownloadProgress?: (progress: HttpProgress) => void;
}

export const DEFAULT_NAMES: readonly (keyof HttpDefaults)[] = [
  'headers',
  'params',
  'auth',
  'timeout',
  'retry',
  'redirects',
  'throwOnError',
  'maxResponseBytes',
  'decompress',
  'hooks',
];

const NAMES: ReadonlySet<string> = new Set<keyof HttpRequestOptions>([
  ...DEFAULT_NAMES,
  'json',
  'form',
  'multipart',
  'body',
  'path',
  'cookies',
  'stream',
  'signal',
  'onUploadProgress',
  'onDownloadProgress',
  'proxy',
  'tls',
  'socketPath',
  'http2',
]);

// What other clients call it.
const SPELT: ReadonlyMap<string, string> = new Map([
  ['baseURL', 'baseUrl'],
  ['prefixUrl', 'baseUrl'],
  ['prefix', 'baseUrl'],
  ['query', 'params'],
  ['searchParams', 'params'],
  ['data', 'form, json or body'],
  ['files', 'multipart'],
  ['verify', 'tls.verify'],
  ['cert', 'tls.cert'],
  ['proxies', 'proxy'],
  ['followRedirect', 'redirects'],
  ['allow_redirects', 'redirects'],
  ['maxRedirects', 'redirects'],
  ['throwHttpErrors', 'throwOnError'],
  ['cookieJar', 'cookies'],
  ['jar', 'cookies'],
  ['retries', 'retry'],
]);

export function assertRequestOptions(options: HttpRequestOptions): void {
  assertNames('request options', options, NAMES);
  const { stream, signal } = options;
  if (stream !== undefined && typeof stream !== 'boolean') {
    throw new InvalidOptionError('stream', 'true or false', stream);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new InvalidOptionError('signal', 'an AbortSignal', signal);
  }
  for (const name of ['onUploadProgress', 'onDownloadProgress'] as const) {
    const fn = options[name];
    if (fn !== undefined && typeof fn !== 'function') throw new InvalidOptionError(name, 'a function', fn);
  }
}

export function assertNames(what: string, options: object, names: ReadonlySet<string>): void {
  // Not what was received: a body, say, that belongs into `body`.
  if (typeof options !== 'object' || options === null) throw new InvalidRequestError(what, 'an object');
  for (const key in options) {
    if (names.has(key)) continue;
    const hint = SPELT.get(key);
    const spelling = hint === undefined ? '' : ` (use ${hint} here)`;
    throw new InvalidOptionError(what, `made of ${[...names].join(', ')}${spelling}`, key);
  }
}
