// What every response tells before its body is looked at, buffered or streamed. It is read from the head when asked for:
// most calls want the body and no more, tens of thousands of times a second.

import { type InspectOptions, inspect } from 'node:util';

import type { HttpErrorDetails } from '../http-errors.ts';
import { HttpHeaders } from './http-headers.ts';
import type { HttpResponse } from './http-response.ts';
import { type HttpLinks, parseLinks } from './links.ts';
import { parseSetCookies } from './response-cookies.ts';
import type { HttpTimings, ResponseHead } from './response-head.ts';

/** What a log may show of a response: no query, no header, no body. */
export interface HttpResponseSummary {
  readonly method: string;
  readonly url: string;
  readonly status: number;
}

export abstract class HttpResponseBase {
  readonly #head: ResponseHead;
  #headers: HttpHeaders | null = null;

  /** @internal */
  constructor(head: ResponseHead) {
    this.#head = head;
  }

  /** The status code, 200 to 599. */
  get status(): number {
    return this.#head.status;
  }

  /** The reason phrase, as the server wrote it; empty over HTTP/2. */
  get statusText(): string {
    return this.#head.statusText;
  }

  /** Whether the status is 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get headers(): HttpHeaders {
    this.#headers ??= new HttpHeaders(this.#head.headers);
    return this.#headers;
  }

  /** Where this response came from, after redirects, query included; without user name and password. */
  get url(): string {
    return this.#head.origin + this.#head.path;
  }

  /** The request that this response answers: the last one, if there were redirects. */
  get request(): { readonly method: string; readonly url: string } {
    return { method: this.#head.method, url: this.url };
  }

  /** The responses before this one, oldest first: redirects, and challenges to authenticate. */
  get history(): readonly HttpResponse[] {
    return this.#head.history;
  }

  /** Whether any redirect was followed. */
  get redirected(): boolean {
    return this.#head.history.some(({ status }) => status >= 300 && status < 400);
  }

  /** Milliseconds from the call to the end of the body; of a streamed response, to its headers. */
  get elapsed(): number {
    return this.#head.elapsed;
  }

  /** Milliseconds that each phase took; null where nobody has measured them: behind a transport of one's own, say. */
  get timings(): HttpTimings | null {
    return this.#head.timings;
  }

  /** The Link header: `links.next?.url`, say, which is absolute. Parsed anew each time. */
  get links(): HttpLinks {
    return parseLinks(this.headers.get('link'), this.url);
  }

  /** The cookies that this response sets, by name. Parsed anew each time. */
  get cookies(): Readonly<Record<string, string>> {
    return parseSetCookies(this.headers.getAll('set-cookie'));
  }

  /** The media type in lower case, without parameters; null if the server names none. */
  get contentType(): string | null {
    const value = this.contentTypeHeader;
    return value === null ? null : (value.split(';', 1)[0] as string).trim().toLowerCase();
  }

  /** What loggers take: see {@link HttpResponseSummary}. */
  toJSON(): HttpResponseSummary {
    const { method, origin, path } = this.#head;
    return { method, url: origin + (path.split('?', 1)[0] as string), status: this.status };
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `${this.constructor.name} ${inspect(this.toJSON(), options)}`;
  }

  /** What an error about this response tells of its request. @internal */
  get details(): HttpErrorDetails {
    return this.#head;
  }

  /** @internal */
  protected get head(): ResponseHead {
    return this.#head;
  }

  /** As the server wrote it: it tells the charset. Of several the first counts. @internal */
  protected get contentTypeHeader(): string | null {
    const value = this.#head.headers['content-type'];
    return typeof value === 'string' ? value : (value?.[0] ?? null);
  }
}
