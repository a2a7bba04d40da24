// A response with its whole body: every member is a plain value, whichever kind of client got it.

import { HttpDecodeError, type HttpErrorDetails, HttpStatusError } from './http-errors.ts';
import { type HeaderRecord, HttpHeaders } from './http-headers.ts';

export class HttpResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** Milliseconds from the call to the end of the body. */
  readonly elapsed: number;
  readonly #method: string;
  readonly #origin: string;
  readonly #path: string;
  readonly #body: Buffer;

  /** @internal */
  constructor(details: HttpErrorDetails, status: number, headers: HeaderRecord, body: Buffer) {
    this.status = status;
    this.headers = new HttpHeaders(headers);
    this.elapsed = details.elapsed;
    this.#method = details.method;
    this.#origin = details.origin;
    this.#path = details.path;
    this.#body = body;
  }

  /** Whether the status is 200 to 299. Redirects (3xx) are not followed, and not ok. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** Where the request went, query included. */
  get url(): string {
    return this.#origin + this.#path;
  }

  /** The body's bytes as they came: the same array each time. Never suspends. */
  bytes(): Uint8Array {
    return this.#body;
  }

  /** The body as UTF-8, whatever charset the headers name, without a byte order mark. Never suspends. */
  text(): string {
    const text = this.#body.toString('utf8');
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  /**
   * The body parsed as JSON, whatever `content-type` says, anew each time. Never suspends.
   *
   * @throws `GREEN_ERR_HTTP_DECODE` when it is not JSON; the error's `response` has the body.
   */
  json<T = unknown>(): T {
    try {
      return JSON.parse(this.text()) as T;
    } catch {
      throw new HttpDecodeError(this.#details(), this);
    }
  }

  /**
   * Returns this response if its status is below 400. Never suspends.
   *
   * @throws `GREEN_ERR_HTTP_STATUS` otherwise; the error's `response` is this one, body included.
   */
  raiseForStatus(): this {
    if (this.status >= 400) throw new HttpStatusError(this.#details(), this);
    return this;
  }

  #details(): HttpErrorDetails {
    return { method: this.#method, origin: this.#origin, path: this.#path, elapsed: this.elapsed };
  }
}
