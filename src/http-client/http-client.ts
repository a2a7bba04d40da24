// HttpClient: requests' interface on undici's dispatch(). A call is the same code in both kinds of client (call/call.ts);
// a green one parks its context on each step, and needs neither a promise nor a stream.

import { newWaiter } from '../pool/index.ts';
import { Call } from './call/call.ts';
import { type Caller, type PreparedCall, prepareCall } from './call/call-settings.ts';
import { driveAsync, driveGreen } from './call/drive.ts';
import type { AnyHttpResponse } from './call/hooks.ts';
import { InFlight } from './call/in-flight.ts';
import { type HttpClientOptions, resolveClient } from './client-options.ts';
import { mergeOptions } from './extend.ts';
import { HttpClosedError } from './http-errors.ts';
import { type PaginateOptions, paginate, paginateAsync } from './pagination/paginate.ts';
import { assertRequestOptions, type HttpRequestOptions } from './request-options.ts';
import type { HttpAnswer, HttpIteration } from './responses/http-answer.ts';
import type { HttpResponse } from './responses/http-response.ts';
import type { HttpStream } from './responses/http-stream.ts';
import { showFrom, shownFrom } from './shown-from.ts';
import { type EventSourceClient, type EventSourceOptions, eventSource, type HttpEvents } from './sse/event-source.ts';
import { resolveTimeouts } from './timeouts.ts';
import type { HttpClientStats as HttpConnectionsStats } from './transport/connection-stats.ts';
import { SharedTransport } from './transport/shared-transport.ts';
import type { MountTarget } from './transport/transport-options.ts';
import { type AsyncWebSocket, openAsyncWebSocket } from './websocket/async-websocket.ts';
import { type GreenWebSocket, openWebSocket } from './websocket/green-websocket.ts';
import type { WebSocketOptions } from './websocket/websocket-options.ts';
import { type ClientTarget, webSocketTarget } from './websocket/websocket-target.ts';

/** A whole response, or with `stream: true` one whose body is still to be read. */
export type HttpResponseOf<Green extends boolean, Stream extends boolean> = Stream extends true
  ? HttpStream<Green>
  : HttpResponse<Green>;

/** What webSocket() opens: its methods suspend, or return promises. */
export type WebSocketOf<Green extends boolean> = Green extends true ? GreenWebSocket : AsyncWebSocket;

export interface HttpClientStats {
  /** Calls and streamed responses that have not ended. */
  readonly inFlight: number;
  /** Connections, by origin. */
  readonly connections: HttpConnectionsStats;
}

/**
 * An HTTP client with its own connections. With `{ green: true }` calls are made in sync style, in a green context;
 * without, every call returns a promise.
 *
 * Every call, in both kinds: a green one suspends the current context until the response's whole body is there (with
 * `stream: true`, its headers), or the call has failed. No status is an error, until
 * {@link HttpResponse.raiseForStatus} is called, or with `throwOnError`. Cancelling the context takes the request off the
 * wire.
 * Thrown in place by a green client, given as a rejection by the other:
 * - `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN` (green only): the call cannot suspend here.
 * - `GREEN_ERR_OPT_INVALID`: bad method, URL, header, body or option; nothing was sent.
 * - `GREEN_ERR_CANCELLED`: the context was cancelled, or `signal` aborted. The request is taken off the wire.
 * - `GREEN_ERR_HTTP_CLOSED`: after close().
 * - `GREEN_ERR_HTTP_CONNECT`, `GREEN_ERR_HTTP_TLS`, `GREEN_ERR_HTTP_PROXY`: no connection came about; nothing was sent.
 * - `GREEN_ERR_HTTP_TRANSPORT`: the connection broke, or what came is not HTTP.
 * - `GREEN_ERR_HTTP_TIMEOUT`: over one of the limits of `timeout`. The request is taken off the wire.
 * - `GREEN_ERR_HTTP_BODY_TOO_LARGE`: over `maxResponseBytes`. The request is taken off the wire.
 * - `GREEN_ERR_HTTP_CONTENT_ENCODING`: the body is not what its `content-encoding` says.
 * - `GREEN_ERR_HTTP_TOO_MANY_REDIRECTS`: more than `redirects`. `GREEN_ERR_HTTP_REDIRECT`: to what is not HTTP.
 * - `GREEN_ERR_HTTP_BODY_NOT_REPLAYABLE`: a redirect, a retry or a challenge wants a stream sent twice.
 * - `GREEN_ERR_HTTP_STATUS` (with `throwOnError`): a status of 400 or more.
 *
 * @example
 * ```ts
 * import { run } from 'greenroom';
 * import { HttpClient } from 'greenroom/http-client';
 *
 * const api = new HttpClient({ green: true, baseUrl: 'http://127.0.0.1:3000', timeout: 2000 });
 * const user = await run(() => api.get('/users/{id}', { path: { id: 1 } }).raiseForStatus().json());
 * ```
 */
export class HttpClient<Green extends boolean = false> {
  /** Whether calls suspend and return values. */
  readonly green: Green;
  readonly #options: HttpClientOptions;
  readonly #caller: Caller;
  readonly #transport: SharedTransport;
  #closed: Promise<void> | null = null;

  /**
   * Never suspends, and connects to nothing.
   *
   * @param options - unset ones are taken from {@link HTTP_CLIENT_DEFAULTS}.
   * @throws `GREEN_ERR_OPT_INVALID` for an unknown option, or a bad value.
   */
  constructor(options: HttpClientOptions<Green> = {}) {
    const defaults = resolveClient(options);
    this.green = defaults.green as Green;
    this.#options = options;
    this.#transport = lent ?? SharedTransport.of(options, defaults.timeouts);
    const { transport } = this.#transport;
    this.#caller = { defaults, transport, inFlight: new InFlight(), plainSettings: null };
  }

  /** Sends a GET request. Suspends and throws as {@link HttpClient} says. */
  get<Stream extends boolean = false>(
    url: string | URL,
    options?: HttpRequestOptions<Stream>,
  ): HttpAnswer<Green, HttpResponseOf<Green, NoInfer<Stream>>> {
    return this.#send('http.get()', 'GET', url, options);
  }

  /** Sends a HEAD request; the response has no body. Suspends and throws as {@link HttpClient} says. */
  head<Stream extends boolean = false>(
    url: string | URL,
    options?: HttpRequestOptions<Stream>,
  ): HttpAnswer<Green, HttpResponseOf<Green, NoInfer<Stream>>> {
    return this.#send('http.head()', 'HEAD', url, options);
  }

  /** Sends an OPTIONS request. Suspends and throws as {@link HttpClient} says. */
  options<Stream extends boolean = false>(
    url: string | URL,
    options?: HttpRequestOptions<Stream>,
  ): HttpAnswer<Green, HttpResponseOf<Green, NoInfer<Stream>>> {
    return this.#send('http.options()', 'OPTIONS', url, options);
  }

  /** Sends a POST request. Suspends and throws as {@link HttpClient} says. */
  post<Stream extends boolean = false>(
    url: string | URL,
    options?: HttpRequestOptions<Stream>,
  ): HttpAnswer<Green, HttpResponseOf<Green, NoInfer<Stream>>> {
    return this.#send('http.post()', 'POST', url, options);
  }

  /** Sends a PUT request. Suspends and throws as {@link HttpClient} says. */
  put<Stream extends boolean = false>(
    url: string | URL,
    options?: HttpRequestOptions<Stream>,
  ): HttpAnswer<Green, HttpResponseOf<Green, NoInfer<Stream>>> {
    return this.#send('http.put()', 'PUT', url, options);
  }

  /** Sends a PATCH request. Suspends and throws as {@link HttpClient} says. */
  patch<Stream extends boolean = false>(
    url: string | URL,
    options?: HttpRequestOptions<Stream>,
  ): HttpAnswer<Green, HttpResponseOf<Green, NoInfer<Stream>>> {
    return this.#send('http.patch()', 'PATCH', url, options);
  }

  /** Sends a DELETE request. Suspends and throws as {@link HttpClient} says. */
  delete<Stream extends boolean = false>(
    url: string | URL,
    options?: HttpRequestOptions<Stream>,
  ): HttpAnswer<Green, HttpResponseOf<Green, NoInfer<Stream>>> {
    return this.#send('http.delete()', 'DELETE', url, options);
  }

  /** Sends a request of any method but CONNECT, in capitals. Suspends and throws as {@link HttpClient} says. */
  request<Stream extends boolean = false>(
    method: string,
    url: string | URL,
    options?: HttpRequestOptions<Stream>,
  ): HttpAnswer<Green, HttpResponseOf<Green, NoInfer<Stream>>> {
    return this.#send('http.request()', method, url, options);
  }

  /**
   * A client with these options over this one's: headers, params, timeouts and hooks are put together, all else is
   * replaced. It shares this one's connections, unless an option about connections is among them. Never suspends.
   *
   * @throws `GREEN_ERR_OPT_INVALID` as the constructor; `GREEN_ERR_HTTP_CLOSED` after close().
   */
  extend<G extends boolean = Green>(options: HttpClientOptions<G>): HttpClient<G> {
    if (this.#closed !== null) throw closedError('GET', '', '');
    resolveClient(options); // by themselves: mergeOptions() takes them apart
    const merged = mergeOptions(this.#options, options) as HttpClientOptions<G>;
    lent = this.#transport.lend(options, resolveTimeouts(merged.timeout));
    try {
      return new HttpClient<G>(merged);
    } catch (error) {
      void lent?.release();
      throw error;
    } finally {
      lent = null;
    }
  }

  /**
   * The items of a list that the server hands out in pages, one after the other: a generator from a green client, which
   * suspends the context for each page, else an asynchronous one. Leaving the loop early asks for no more.
   *
   * @param url - of the first page, as for get().
   * @param options - how to go on, what a page holds, and when to end.
   * @param request - the options of the requests, as for get(); `path` and `params` are the first page's alone.
   * @throws `GREEN_ERR_OPT_INVALID` at once; `GREEN_ERR_HTTP_STATUS` for a page of 400 or more; `GREEN_ERR_HTTP_PAGINATION`
   *   for a page that leads to one that was read before, or to another origin; and as {@link HttpClient} says.
   */
  paginate<T = unknown>(
    url: string | URL,
    options: PaginateOptions<HttpResponse<Green>, T> = {},
    request: HttpRequestOptions<false> = {},
  ): HttpIteration<Green, T> {
    assertRequestOptions(request);
    // The query is the first page's alone: the link to the next one has its own.
    const { params, path, ...others } = request;
    let first = true;
    const get = (page: string): HttpAnswer<Green, HttpResponse<Green>> => {
      const requestOptions = first ? request : others;
      first = false;
      return this.get<false>(page, requestOptions) as HttpAnswer<Green, HttpResponse<Green>>;
    };
    const pages = this.green
      ? paginate<T, HttpResponse<Green>>(get as (page: string) => HttpResponse<Green>, url, options)
      : paginateAsync<T, HttpResponse<Green>>(get as (page: string) => Promise<HttpResponse<Green>>, url, options);
    return pages as HttpIteration<Green, T>;
  }

  /**
   * The server-sent events of `url`, for ever: iterate over them. It connects at the first step, and again, with
   * Last-Event-ID, when the stream ends or breaks; it ends when the server answers 204, by `close()`, and for as long as
   * no loop runs. Each step suspends the context until the next event is there, or is a promise of it.
   *
   * @param options - of the requests, the pauses and the limits.
   * @throws `GREEN_ERR_OPT_INVALID`; while iterating `GREEN_ERR_HTTP_STATUS`, `GREEN_ERR_HTTP_CONTENT_TYPE` (no event
   *   stream), `GREEN_ERR_HTTP_BODY_TOO_LARGE` (an event), and what get() throws but for lost connections.
   */
  sse(url: string | URL, options: EventSourceOptions = {}): HttpEvents<Green> {
    return eventSource(this as unknown as EventSourceClient<Green>, url, options);
  }

  /**
   * Opens a WebSocket over this client's connections, with its headers: suspends the context until the handshake is
   * done, or returns a promise. The client's auth, cookies, hooks and retries are not for handshakes. A green one is
   * closed with the task that opened it, unless `detached`.
   *
   * @param url - `ws:`, `wss:`, `http:` or `https:`; relative to `baseUrl`.
   * @throws `GREEN_ERR_OPT_INVALID`; `GREEN_ERR_HTTP_CLOSED` after close(); `GREEN_ERR_HTTP_CONNECT`,
   *   `GREEN_ERR_HTTP_TLS`, `GREEN_ERR_HTTP_PROXY`, `GREEN_ERR_HTTP_TRANSPORT`; `GREEN_ERR_HTTP_TIMEOUT`;
   *   `GREEN_ERR_HTTP_WEBSOCKET_HANDSHAKE` when the server answers otherwise; as `wait()` in a green client.
   */
  webSocket(url: string | URL, options: WebSocketOptions = {}): HttpAnswer<Green, WebSocketOf<Green>> {
    const socket = this.green ? this.#openSocket(url, options) : this.#openSocketAsync(url, options);
    return socket as HttpAnswer<Green, WebSocketOf<Green>>;
  }

  /**
   * Sends requests under a prefix elsewhere from now on: to a dispatcher, an application in this process, or connections
   * with other options. Never suspends.
   *
   * @param prefix - such as `https://a.example/v1`; the longest that fits a URL wins.
   * @throws `GREEN_ERR_OPT_INVALID`
   */
  mount(prefix: string, target: MountTarget): void {
    this.#caller.transport.mount(prefix, target);
  }

  /** What is under way now. Never suspends. */
  stats(): HttpClientStats {
    return { inFlight: this.#caller.inFlight.count, connections: this.#transport.stats() };
  }

  /**
   * Takes no more requests, and resolves when those in flight have ended, streamed responses included, and the
   * connections are closed (if other clients share them, when the last of these is). A promise in both kinds of client;
   * never suspends. Calling it again returns the same promise.
   */
  close(): Promise<void> {
    this.#closed ??= this.#caller.inFlight.idle().then(() => this.#transport.release());
    return this.#closed;
  }

  /** As {@link HttpClient.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** As {@link HttpClient.close}, for `using`: without waiting for it. */
  [Symbol.dispose](): void {
    void this.close();
  }

  #send<Stream extends boolean>(
    name: string,
    method: string,
    url: string | URL,
    options: HttpRequestOptions<Stream> | undefined,
  ): HttpAnswer<Green, HttpResponseOf<Green, NoInfer<Stream>>> {
    const answer = this.green ? this.#sendGreen(name, method, url, options) : this.#sendAsync(method, url, options);
    return answer as HttpAnswer<Green, HttpResponseOf<Green, NoInfer<Stream>>>;
  }

  #sendGreen(
    name: string,
    method: string,
    url: string | URL,
    options: HttpRequestOptions<boolean> | undefined,
  ): AnyHttpResponse {
    const waiter = newWaiter(name); // first of all: outside a context nothing is sent
    try {
      const call = this.#newCall(method, url, options);
      return driveGreen(call.run(), waiter, name, () => call.leftBy());
    } catch (error) {
      throw shownFrom(this.#send, error);
    }
  }

  // The error is thrown after an await, in an async function: V8 then lists the callers that await it.
  async #sendAsync(
    method: string,
    url: string | URL,
    options: HttpRequestOptions<boolean> | undefined,
  ): Promise<AnyHttpResponse> {
    try {
      return await driveAsync(this.#newCall(method, url, options).run());
    } catch (error) {
      throw shownFrom(this.#sendAsync, error);
    }
  }

  #openSocket(url: string | URL, options: WebSocketOptions): GreenWebSocket {
    const target = this.#socketTarget(url, options);
    return openWebSocket(target, target.options);
  }

  async #openSocketAsync(url: string | URL, options: WebSocketOptions): Promise<AsyncWebSocket> {
    const target = this.#socketTarget(url, options);
    return await openAsyncWebSocket(target, target.options);
  }

  #socketTarget(url: string | URL, options: WebSocketOptions): ClientTarget {
    const target = webSocketTarget(this.#caller.defaults, this.#caller.transport, url, options);
    if (this.#closed === null) return target;
    const { origin, pathname } = new URL(target.url);
    throw closedError('GET', origin, pathname);
  }

  #newCall(method: string, url: string | URL, options: HttpRequestOptions<boolean> | undefined): Call {
    let prepared: PreparedCall;
    try {
      prepared = prepareCall(this.#caller, method, url, options);
    } catch (error) {
      showFrom(this.#send, error);
      throw error;
    }
    if (this.#closed !== null) {
      const { request } = prepared;
      throw closedError(request.method, request.origin, request.path);
    }
    return new Call(prepared);
  }
}

/** For the constructor that extend() calls: a parameter of it would be public. */
let lent: SharedTransport | null = null;

function closedError(method: string, origin: string, path: string): HttpClosedError {
  return new HttpClosedError({ method, origin, path, elapsed: 0, attempt: 1 });
}

/**
 * The default green client: sync-style calls in a context, with every option at its default. It loads undici and opens
 * connections at its first request. Never close it: every user in the process shares it.
 */
export const http: HttpClient<true> = new HttpClient({ green: true });
