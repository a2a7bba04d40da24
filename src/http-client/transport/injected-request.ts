// One request to an injectable application, and its response: drives undici's handler, and is its controller.

import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

/** As much of light-my-request's response as is used. */
export interface InjectResponse {
  readonly statusCode: number;
  readonly statusMessage?: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly trailers?: Readonly<Record<string, string>>;
  stream(): Readable;
}

export class InjectedRequest implements Dispatcher.DispatchController {
  aborted = false;
  paused = false;
  reason: Error | null = null;
  rawHeaders: string[] | null = null;
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #method: string;
  readonly #abort = new AbortController();
  #stream: Readable | null = null;
  #ended = false;

  constructor(handler: Dispatcher.DispatchHandler, method: string) {
    this.#handler = handler;
    this.#method = method;
  }

  /** Told to the application when the request is aborted. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** False if the handler has aborted the request at once. */
  start(): boolean {
    this.#handler.onRequestStart?.(this, {});
    return !this.aborted;
  }

  respond(response: InjectResponse): void {
    const stream = response.stream();
    this.#stream = stream;
    stream.on('error', (error) => this.fail(error));
    if (this.aborted) {
      stream.destroy();
      return;
    }
    const { statusCode, headers } = response;
    this.rawHeaders = rawHeadersOf(headers);
    this.#handler.onResponseStart?.(this, statusCode, headers, response.statusMessage ?? '');
    // light-my-request gives the body that a handler has written to a HEAD request too.
    const hasBody = this.#method !== 'HEAD' && statusCode !== 204 && statusCode !== 304;
    stream.on('data', (chunk: Buffer) => {
      if (hasBody && !this.#ended) this.#handler.onResponseData?.(this, chunk);
    });
    stream.on('end', () => this.#end(response.trailers ?? {}));
    if (this.paused) stream.pause();
  }

  fail(error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#handler.onResponseError?.(this, this.reason ?? error);
  }

  abort(reason: Error): void {
    if (this.aborted || this.#ended) return;
    this.aborted = true;
    this.reason = reason;
    queueMicrotask(() => this.fail(reason));
    this.#abort.abort(reason);
    this.#stream?.destroy();
  }

  pause(): void {
    this.paused = true;
    this.#stream?.pause();
  }

  resume(): void {
    this.paused = false;
    this.#stream?.resume();
  }

  #end(trailers: Readonly<Record<string, string>>): void {
    if (this.#ended || this.aborted) return;
    this.#ended = true;
    this.#handler.onResponseEnd?.(this, trailers);
  }
}

function rawHeadersOf(headers: InjectResponse['headers']): string[] {
  const raw: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    for (const line of Array.isArray(value) ? value : [value]) raw.push(name, line);
  }
  return raw;
}
