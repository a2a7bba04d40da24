// A request on its way out, as hooks and authentication see it: one per hop. What nobody changes is shared with the
// client, so that an ordinary request copies no header.

import { isIP } from 'node:net';

import { type InspectOptions, inspect } from 'node:util';

import type { RequestBody } from './bodies/request-body.ts';
import { flattenHeaders, type RequestHeaders, withHeader } from './request-headers.ts';
import { shownFrom } from './shown-from.ts';

/** What a hook, or an `auth` function, may read and change before the request is sent. */
export interface HttpRequest {
  readonly method: string;
  /** Absolute, without user name and password. */
  readonly url: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The value of a header; several of one name joined by `', '`; null if there is none. */
  header(name: string): string | null;
  /** Sets a header, or leaves it out with null. @throws `GREEN_ERR_OPT_INVALID` for what HTTP does not allow. */
  setHeader(name: string, value: string | readonly string[] | null): void;
}

export class OutgoingRequest implements HttpRequest {
  readonly method: string;
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly body: RequestBody | null;
  readonly attempt: number;
  /** As the caller gave them: without what authentication, cookies and hooks have added. */
  readonly given: RequestHeaders;
  readonly #givenFlat: string[] | null;
  #headers: RequestHeaders;
  #flat: string[] | null;

  constructor(
    method: string,
    origin: string,
    path: string,
    headers: RequestHeaders,
    body: RequestBody | null,
    flat: string[] | null = null,
    attempt: number = 1,
  ) {
    this.method = method;
    this.origin = origin;
    this.path = path;
    this.given = headers;
    this.#headers = headers;
    this.body = body;
    this.#givenFlat = flat;
    this.#flat = flat;
    this.attempt = attempt;
  }

  /** The same request, as it was given, for another attempt. */
  again(attempt: number): OutgoingRequest {
    return new OutgoingRequest(this.method, this.origin, this.path, this.given, this.body, this.#givenFlat, attempt);
  }

  get url(): string {
    return this.origin + this.path;
  }

  header(name: string): string | null {
    const value = this.#headers.get(name.toLowerCase());
    if (value === undefined) return null;
    return typeof value === 'string' ? value : value.join(', ');
  }

  setHeader(name: string, value: string | readonly string[] | null): void {
    try {
      this.#headers = withHeader(this.#headers, name, value);
    } catch (error) {
      throw shownFrom(this.setHeader, error); // the hook's line
    }
    this.#flat = null;
  }

  /** What loggers take: no query, no header, no body. */
  toJSON(): { readonly method: string; readonly url: string; readonly attempt: number } {
    return { method: this.method, url: this.origin + (this.path.split('?', 1)[0] as string), attempt: this.attempt };
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `HttpRequest ${inspect(this.toJSON(), options)}`;
  }

  /**
   * The name to verify the server's certificate against: the URL's, where undici would take that of a host header.
   * Undefined if there is none to mistake it for.
   */
  get tlsName(): string | undefined {
    if (!this.#headers.has('host') || !this.origin.startsWith('https:')) return undefined;
    const { hostname } = new URL(this.origin);
    return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname : undefined;
  }

  /** As undici takes them. */
  get flatHeaders(): string[] {
    this.#flat ??= flattenHeaders(this.#headers);
    return this.#flat;
  }
}
