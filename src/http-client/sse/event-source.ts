// Server-sent events over as many connections as it takes, as the HTML standard's EventSource: after a break it connects
// again, and says which event was the last one it has seen.

import { InvalidOptionError, isCancelled } from '../../errors.ts';
import { assertKnownKeys, MAX_TIMEOUT_MS, wait } from '../../pool/index.ts';
import { HttpError } from '../http-errors.ts';
import { assertRequestOptions, type HttpRequestOptions } from '../request-options.ts';
import type { HttpAnswer } from '../responses/http-answer.ts';
import type { HttpStream } from '../responses/http-stream.ts';
import { EventSplitter, type HttpEvent, MAX_EVENT_LENGTH } from './event-splitter.ts';
import { HttpContentTypeError } from './http-content-type-error.ts';
import { ReconnectDelay } from './reconnect-delay.ts';

/** An HttpClient, as far as it is needed here. */
export interface EventSourceClient<Green extends boolean> {
  readonly green: Green;
  get(url: string | URL, options: HttpRequestOptions<true>): HttpAnswer<Green, HttpStream<Green>>;
}

export interface EventSourceOptions {
  /**
   * Of each connection's request: headers, params, authentication. Unless given, `timeout` is 0 and `maxResponseBytes`
   * is `Infinity`, because events may come for ever. Its `signal` ends the iteration with `GREEN_ERR_CANCELLED`.
   */
  request?: HttpRequestOptions;
  /** Where to go on: sent as Last-Event-ID with the first request too. */
  lastEventId?: string;
  /** Milliseconds to wait before connecting again until the server says otherwise, 0 to 2,147,483,647. Default 3,000. */
  retry?: number;
  /** The most milliseconds to wait after failures, which double the time, 0 to 2,147,483,647. Default 30,000. */
  maxDelay?: number;
  /** The most characters of an event, 1 or more. Default 1,048,576. */
  maxEventLength?: number;
}

export interface HttpEventSource extends Disposable {
  /** The id of the last event; empty if there is none. */
  readonly lastEventId: string;
  /** Ends the iteration and closes the connection. Again, does nothing. Never suspends or throws. */
  close(): void;
}

/** To be iterated: by `for (… of …)` with a green client, else by `for await (… of …)`. */
export type HttpEvents<Green extends boolean> = HttpEventSource &
  (Green extends true ? Iterable<HttpEvent> : AsyncIterable<HttpEvent>);

const OPTIONS: Readonly<Record<keyof EventSourceOptions, true>> = {
  request: true,
  lastEventId: true,
  retry: true,
  maxDelay: true,
  maxEventLength: true,
};

const EVENT_STREAM = 'text/event-stream';

const TRANSIENT: ReadonlySet<string> = new Set([
  'GREEN_ERR_HTTP_CONNECT',
  'GREEN_ERR_HTTP_PROXY',
  'GREEN_ERR_HTTP_TIMEOUT',
  'GREEN_ERR_HTTP_TRANSPORT',
]);

/**
 * The events of `url`, for ever: one loop at a time iterates over them. Nothing is sent before that. When the stream
 * ends or breaks, and when no connection comes about, it waits and connects again, with Last-Event-ID; the iteration ends
 * when the server answers 204, by `close()`, or by leaving the loop, after which another loop may go on.
 *
 * Each step suspends the context until the next event is there, or is a promise of it. Cancelling the context closes
 * the connection.
 *
 * @param client - whose connections, defaults and mode are used.
 * @throws `GREEN_ERR_OPT_INVALID` for a bad option; and while iterating, in place or as a rejection:
 * @throws `GREEN_ERR_HTTP_STATUS` for a status of 400 or more, `GREEN_ERR_HTTP_CONTENT_TYPE` for anything else that is
 *   no event stream: as the standard says, neither is tried again.
 * @throws `GREEN_ERR_HTTP_BODY_TOO_LARGE` for an event that is too long; and what the client's `get()` throws, but for
 *   connections that fail, break or take too long.
 * @example
 * ```ts
 * import { run } from 'greenroom';
 * import { http } from 'greenroom/http-client';
 *
 * await run(() => {
 *   for (const { event, data } of http.sse('https://example.com/events')) {
 *     if (event === 'price') console.log(data);
 *   }
 * });
 * ```
 */
export function eventSource<Green extends boolean>(
  client: EventSourceClient<Green>,
  url: string | URL,
  options: EventSourceOptions = {},
): HttpEvents<Green> {
  assertKnownKeys(options, OPTIONS, 'sse() options');
  return new ReconnectingSource(client as EventSourceClient<boolean>, url, options) as unknown as HttpEvents<Green>;
}

class ReconnectingSource implements HttpEventSource {
  readonly #client: EventSourceClient<boolean>;
  readonly #url: string | URL;
  readonly #request: HttpRequestOptions;
  readonly #maxEventLength: number;
  readonly #delay: ReconnectDelay;
  #lastEventId: string;
  readonly #aborter = new AbortController();
  #stream: HttpStream | null = null;
  #splitter: EventSplitter | null = null;

  constructor(
    client: EventSourceClient<boolean>,
    url: string | URL,
    {
      request = {},
      lastEventId = '',
      retry = 3000,
      maxDelay = 30_000,
      maxEventLength = MAX_EVENT_LENGTH,
    }: EventSourceOptions,
  ) {
    assertRequestOptions(request);
    if (typeof lastEventId !== 'string') throw new InvalidOptionError('lastEventId', 'a string', lastEventId);
    assertDelay('retry', retry);
    assertDelay('maxDelay', maxDelay);
    new EventSplitter(maxEventLength); // complains now, and not while iterating
    this.#client = client;
    this.#url = url;
    this.#request = request;
    this.#maxEventLength = maxEventLength;
    this.#delay = new ReconnectDelay(retry, maxDelay);
    this.#lastEventId = lastEventId;
  }

  get #closed(): boolean {
    return this.#aborter.signal.aborted;
  }

  get lastEventId(): string {
    return this.#splitter?.lastEventId ?? this.#lastEventId;
  }

  close(): void {
    this.#aborter.abort();
    this.#stream?.close();
    this.#delay.end();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  *[Symbol.iterator](): Generator<HttpEvent, void, undefined> {
    const client = this.#client as EventSourceClient<true>;
    while (!this.#closed) {
      try {
        const stream = client.get(this.#url, this.#nextRequest());
        if (stream.status >= 400) stream.raiseForStatus();
        const splitter = this.#begin(stream);
        if (splitter === null) return;
        yield* stream.iterEvents(splitter);
      } catch (error) {
        this.#bear(error);
      } finally {
        this.#end();
      }
      if (!this.#closed) this.#delay.waitWith(wait);
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<HttpEvent, void, undefined> {
    const client = this.#client as EventSourceClient<false>;
    while (!this.#closed) {
      try {
        const stream = await client.get(this.#url, this.#nextRequest());
        if (stream.status >= 400) await stream.raiseForStatus();
        const splitter = this.#begin(stream);
        if (splitter === null) return;
        yield* stream.iterEvents(splitter);
      } catch (error) {
        this.#bear(error);
      } finally {
        this.#end();
      }
      if (!this.#closed) await this.#delay.start();
    }
  }

  #nextRequest(): HttpRequestOptions<true> {
    const headers = { accept: EVENT_STREAM, 'cache-control': 'no-store', ...this.#request.headers };
    const lastEventId = this.lastEventId;
    // Ids are UTF-8, headers latin1: the bytes are the same.
    const seen = lastEventId === '' ? {} : { 'last-event-id': Buffer.from(lastEventId).toString('latin1') };
    const { signal: given } = this.#request;
    const signal = given === undefined ? this.#aborter.signal : AbortSignal.any([given, this.#aborter.signal]);
    const unlimited = { timeout: 0, maxResponseBytes: Number.POSITIVE_INFINITY };
    return { ...unlimited, ...this.#request, headers: { ...headers, ...seen }, signal, stream: true };
  }

  /** Null if there is nothing to read, and nothing to come. */
  #begin(stream: HttpStream): EventSplitter | null {
    this.#stream = stream;
    if (this.#closed || stream.status === 204) return null;
    if (stream.status !== 200 || stream.contentType !== EVENT_STREAM) {
      throw new HttpContentTypeError(stream.details, stream.status, EVENT_STREAM);
    }
    this.#delay.succeeded();
    this.#splitter = new EventSplitter(this.#maxEventLength, this.#lastEventId);
    return this.#splitter;
  }

  /** Throws on what will not be better next time. */
  #bear(error: unknown): void {
    if (this.#closed && (error instanceof HttpError || this.#isAbort(error))) return;
    if (!(error instanceof HttpError && TRANSIENT.has(error.code))) throw error;
    this.#delay.failed();
  }

  /** Whether it is our own close() that ended the call, and not a cancellation of the context. */
  #isAbort(error: unknown): boolean {
    return isCancelled(error) && (error as Error).cause === this.#aborter.signal.reason;
  }

  #end(): void {
    this.#stream?.close();
    this.#stream = null;
    if (this.#splitter === null) return;
    this.#lastEventId = this.#splitter.lastEventId;
    if (this.#splitter.retry !== null) this.#delay.retry = Math.min(this.#splitter.retry, MAX_TIMEOUT_MS);
    this.#splitter = null;
  }
}

function assertDelay(option: string, ms: number): void {
  if (typeof ms === 'number' && ms >= 0 && ms <= MAX_TIMEOUT_MS) return;
  throw new InvalidOptionError(option, `a number of milliseconds from 0 to ${MAX_TIMEOUT_MS}`, ms);
}
