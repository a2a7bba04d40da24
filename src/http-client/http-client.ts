// HttpClient: requests' interface on undici's dispatch(). Green or not differs in one place, #send(): a green call
// parks the context on the exchange itself and needs neither a promise nor a stream.

import type { Agent } from 'undici';

import { newWaiter } from '../pool/index.ts';
import { Exchange, type ExchangeOwner } from './exchange.ts';
import { CONNECT_TIMEOUT_MS } from './exchange-error.ts';
import { type HttpClientOptions, resolveHttpClientOptions } from './http-client-options.ts';
import { HttpClosedError } from './http-errors.ts';
import type { HttpResponse } from './http-response.ts';
import { type HttpRequestOptions, RequestPreparer } from './request-options.ts';
import { newAgent } from './undici.ts';

/** What a call returns: the value itself from a green client, else a promise of it. */
export type HttpAnswer<Green extends boolean, T> = Green extends true ? T : Promise<T>;

/**
 * An HTTP client with its own connections. With `{ green: true }` calls are made in sync style, in a green context;
 * without, every call returns a promise.
 *
 * Every call, in both kinds: a green one suspends the current context until the response's whole body is there, or the
 * call has failed. Redirects are not followed and no status is an error, until
 * {@link HttpResponse.raiseForStatus} is called.
 * Thrown in place by a green client, given as a rejection by the other:
 * - `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN` (green only): the call cannot suspend here.
 * - `GREEN_ERR_OPT_INVALID`: bad method, URL, header, body or option; nothing was sent.
 * - `GREEN_ERR_HTTP_CLOSED`: after close().
 * - `GREEN_ERR_HTTP_CONNECT`: no connection came about; nothing was sent.
 * - `GREEN_ERR_HTTP_TRANSPORT`: the connection broke, or what came is not HTTP.
 * - `GREEN_ERR_HTTP_TIMEOUT`: over `timeout`, or 10 s for the connection alone. The request is taken off the wire.
 * - `GREEN_ERR_HTTP_BODY_TOO_LARGE`: over `maxResponseBytes`. The request is taken off the wire.
 *
 * @example
 * ```ts
 * import { run } from 'greenroom';
 * import { HttpClient } from 'greenroom/http-client';
 *
 * const api = new HttpClient({ green: true, baseUrl: 'http://127.0.0.1:3000', timeout: 2000 });
 * const user = await run(() => api.get('/users/1', { params: { fields: ['name', 'mail'] } }).raiseForStatus().json());
 * ```
 */
export class HttpClient<Green extends boolean = false> {
  /** Whether calls suspend and return values. */
  readonly green: Green;
  readonly #preparer: RequestPreparer;
  readonly #maxResponseBytes: number;
  #agent: Agent | null = null;
  #inFlight = 0;
  #closed: Promise<void> | null = null;
  #reportIdle: (() => void) | null = null;

  /**
   * Never suspends, and connects to nothing.
   *
   * @param options - unset ones are taken from {@link HTTP_CLIENT_DEFAULTS}.
   * @throws `GREEN_ERR_OPT_INVALID` for an unknown option, or a bad value.
   */
  constructor(options: HttpClientOptions<Green> = {}) {
    const resolved = resolveHttpClientOptions(options);
    this.green = resolved.green as Green;
    this.#preparer = new RequestPreparer(resolved);
    this.#maxResponseBytes = resolved.maxResponseBytes;
  }

  /** Sends a GET request. Suspends and throws as {@link HttpClient} says. */
  get(url: string | URL, options?: HttpRequestOptions): HttpAnswer<Green, HttpResponse> {
    return this.#send('http.get()', 'GET', url, options);
  }

  /** Sends a HEAD request; the response has no body. Suspends and throws as {@link HttpClient} says. */
  head(url: string | URL, options?: HttpRequestOptions): HttpAnswer<Green, HttpResponse> {
    return this.#send('http.head()', 'HEAD', url, options);
  }

  /** Sends an OPTIONS request. Suspends and throws as {@link HttpClient} says. */
  options(url: string | URL, options?: HttpRequestOptions): HttpAnswer<Green, HttpResponse> {
    return this.#send('http.options()', 'OPTIONS', url, options);
  }

  /** Sends a POST request. Suspends and throws as {@link HttpClient} says. */
  post(url: string | URL, options?: HttpRequestOptions): HttpAnswer<Green, HttpResponse> {
    return this.#send('http.post()', 'POST', url, options);
  }

  /** Sends a PUT request. Suspends and throws as {@link HttpClient} says. */
  put(url: string | URL, options?: HttpRequestOptions): HttpAnswer<Green, HttpResponse> {
    return this.#send('http.put()', 'PUT', url, options);
  }

  /** Sends a PATCH request. Suspends and throws as {@link HttpClient} says. */
  patch(url: string | URL, options?: HttpRequestOptions): HttpAnswer<Green, HttpResponse> {
    return this.#send('http.patch()', 'PATCH', url, options);
  }

  /** Sends a DELETE request. Suspends and throws as {@link HttpClient} says. */
  delete(url: string | URL, options?: HttpRequestOptions): HttpAnswer<Green, HttpResponse> {
    return this.#send('http.delete()', 'DELETE', url, options);
  }

  /** Sends a request of any method but CONNECT, in capitals. Suspends and throws as {@link HttpClient} says. */
  request(method: string, url: string | URL, options?: HttpRequestOptions): HttpAnswer<Green, HttpResponse> {
    return this.#send('http.request()', method, url, options);
  }

  /**
   * Takes no more requests, and resolves when those in flight have ended and the connections are closed. A promise in
   * both kinds of client; never suspends. Calling it again returns the same promise.
   */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  /** As {@link HttpClient.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #send(
    call: string,
    method: string,
    url: string | URL,
    options: HttpRequestOptions | undefined,
  ): HttpAnswer<Green, HttpResponse> {
    const answer = this.green ? this.#sendGreen(call, method, url, options) : this.#sendAsync(method, url, options);
    return answer as HttpAnswer<Green, HttpResponse>;
  }

  #sendGreen(call: string, method: string, url: string | URL, options: HttpRequestOptions | undefined): HttpResponse {
    const waiter = newWaiter(call);
    const exchange = this.#newExchange(method, url, options, waiter);
    this.#inFlight++;
    try {
      exchange.start(this.#dispatcher());
      waiter.wait();
    } finally {
      exchange.abandon();
      this.#ended();
    }
    return exchange.take(this.#send);
  }

  // The error is thrown after an await, in an async function: V8 then lists the callers that await it.
  async #sendAsync(method: string, url: string | URL, options: HttpRequestOptions | undefined): Promise<HttpResponse> {
    let settle!: () => void;
    const settled = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const exchange = this.#newExchange(method, url, options, { fulfil: settle });
    this.#inFlight++;
    try {
      exchange.start(this.#dispatcher());
      await settled;
    } finally {
      exchange.abandon();
      this.#ended();
    }
    return exchange.take(this.#sendAsync);
  }

  #newExchange(
    method: string,
    url: string | URL,
    options: HttpRequestOptions | undefined,
    owner: ExchangeOwner,
  ): Exchange {
    const request = this.#preparer.prepare(method, url, options);
    if (this.#closed !== null) throw new HttpClosedError({ ...request, elapsed: 0 });
    return new Exchange(request, this.#maxResponseBytes, owner);
  }

  // undici's own limits on headers and body are off: the deadline of each request covers both, and exactly.
  #dispatcher(): Agent {
    this.#agent ??= newAgent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: CONNECT_TIMEOUT_MS } });
    return this.#agent;
  }

  #ended(): void {
    if (--this.#inFlight === 0) this.#reportIdle?.();
  }

  async #shutDown(): Promise<void> {
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#reportIdle = resolve;
      });
    }
    await this.#agent?.destroy();
  }
}

/**
 * The default green client: sync-style calls in a context, with every option at its default. It loads undici and opens
 * connections at its first request. Never close it: every user in the process shares it.
 */
export const http: HttpClient<true> = new HttpClient({ green: true });
