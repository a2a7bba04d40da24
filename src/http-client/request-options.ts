// One request's options, checked and turned into what undici's dispatch() takes. Nothing is sent here.

import { InvalidOptionError } from '../errors.ts';
import { assertKnown, assertTimeout, type ResolvedHttpClientOptions } from './http-client-options.ts';
import { InvalidRequestError } from './http-errors.ts';
import { flattenHeaders, type HttpHeadersInput, isToken, mergeHeaders } from './request-headers.ts';

type HttpParam = string | number | boolean | bigint | null | undefined;

/** `null` and `undefined` are left out; an array repeats the name. */
export type HttpParams = Readonly<Record<string, HttpParam | readonly HttpParam[]>> | URLSearchParams;

export interface HttpRequestOptions {
  /** Over the client's; `null` leaves out a default one. */
  headers?: HttpHeadersInput;
  /** Appended to the URL's query. */
  params?: HttpParams;
  /** Sent as JSON; `content-type` is set unless given. Not together with `body`. */
  json?: unknown;
  /** Sent as it is, a string as UTF-8; no `content-type` is set. Not together with `json`. */
  body?: string | Uint8Array;
  /** Milliseconds from the call to the end of the body; 0 for no limit. Default: the client's. */
  timeout?: number;
}

/** undici's DispatchOptions, as far as they are used. */
export interface PreparedRequest {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly headers: string[];
  readonly body: string | Uint8Array | null;
  /** Ours: undici does not read it. */
  readonly timeout: number;
}

const KNOWN = ['headers', 'params', 'json', 'body', 'timeout'];

const NO_OPTIONS: HttpRequestOptions = Object.freeze({});

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']);

export class RequestPreparer {
  readonly #client: ResolvedHttpClientOptions;
  readonly #flatHeaders: string[];

  constructor(client: ResolvedHttpClientOptions) {
    this.#client = client;
    this.#flatHeaders = flattenHeaders(client.headers);
  }

  /** @throws `GREEN_ERR_OPT_INVALID` */
  prepare(method: string, url: string | URL, options: HttpRequestOptions = NO_OPTIONS): PreparedRequest {
    if (options !== NO_OPTIONS) assertKnown('request options', options, KNOWN);
    const { timeout = this.#client.timeout, params } = options;
    assertTimeout(timeout);
    const { origin, path } = this.#client.targets.resolve(url);
    return {
      method: METHODS.has(method) ? method : normalizeMethod(method),
      origin,
      path: params === undefined ? path : withParams(path, params),
      headers: this.#headersFor(options),
      body: bodyOf(options),
      timeout,
    };
  }

  #headersFor({ headers, json }: HttpRequestOptions): string[] {
    if (headers === undefined && json === undefined) return this.#flatHeaders;
    const merged = mergeHeaders(this.#client.headers, headers);
    const flat = merged === this.#client.headers ? this.#flatHeaders : flattenHeaders(merged);
    if (json === undefined || merged.has('content-type')) return flat;
    return [...flat, 'content-type', 'application/json'];
  }
}

function normalizeMethod(method: string): string {
  if (typeof method !== 'string') throw new InvalidOptionError('method', 'a string', method);
  if (!isToken(method)) throw new InvalidRequestError('method', 'an HTTP token');
  const upper = method.toUpperCase();
  if (upper === 'CONNECT')
    throw new InvalidRequestError('method', 'one that has an ordinary response; CONNECT has not');
  return upper;
}

function bodyOf({ json, body }: HttpRequestOptions): string | Uint8Array | null {
  if (json === undefined) {
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) return body ?? null;
    throw new InvalidOptionError('body', 'a string or a Uint8Array', body);
  }
  if (body !== undefined) throw new InvalidRequestError('json', 'given without body: a request has one body');
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(json);
  } catch (error) {
    cause = error;
  }
  if (text === undefined) throw new InvalidRequestError('json', 'a value that JSON.stringify() can write', cause);
  return text;
}

function withParams(path: string, params: HttpParams): string {
  const query = (params instanceof URLSearchParams ? params : searchOf(params)).toString();
  if (query === '') return path;
  if (!path.includes('?')) return `${path}?${query}`;
  return path.endsWith('?') || path.endsWith('&') ? path + query : `${path}&${query}`;
}

function searchOf(params: Exclude<HttpParams, URLSearchParams>): URLSearchParams {
  if (typeof params !== 'object' || params === null || Symbol.iterator in params) {
    throw new InvalidOptionError('params', 'a plain object or URLSearchParams', params);
  }
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    const values = Array.isArray(value) ? (value as readonly unknown[]) : [value];
    for (const one of values) {
      if (one === null || one === undefined) continue;
      if (typeof one === 'object' || typeof one === 'function' || typeof one === 'symbol') {
        throw new InvalidOptionError('Each of params', 'a string, number, boolean, bigint, or an array of them', one);
      }
      search.append(name, String(one));
    }
  }
  return search;
}
