// A client of streamed responses over one connection, that notes what it sends.

import { onTestFinished } from 'vitest';

import { HttpClient, type HttpRequestOptions, type HttpStream } from '../../../src/http-client/index.ts';
import type { HttpAnswer } from '../../../src/http-client/responses/http-answer.ts';

export class StreamClient<Green extends boolean> {
  readonly green: Green;
  readonly #client: HttpClient<Green>;
  /** The headers of each request. */
  readonly requests: Record<string, unknown>[] = [];

  constructor(green: Green) {
    this.green = green;
    this.#client = new HttpClient({ green, connections: 1 });
    onTestFinished(() => this.#client.close());
  }

  get(url: string | URL, options: HttpRequestOptions): HttpAnswer<Green, HttpStream<Green>> {
    this.requests.push({ ...options.headers });
    return this.#client.get(url, { ...options, stream: true }) as HttpAnswer<Green, HttpStream<Green>>;
  }
}
