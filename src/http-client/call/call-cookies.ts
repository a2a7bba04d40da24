// Cookies of one call: what the client's jar has for the URL, and what the request brings along.

import type { CookieStore } from '../cookies/cookie-store.ts';
import { cookieHeader, type RequestCookies } from '../cookies/request-cookies.ts';
import type { OutgoingRequest } from '../outgoing-request.ts';
import { type HeaderRecord, HttpHeaders } from '../responses/http-headers.ts';

export class CallCookies {
  readonly #store: CookieStore | null;
  /** Of the request alone; they stay with the origin they were given for. */
  readonly #own: RequestCookies | null;
  readonly #ownOrigin: string;

  constructor(store: CookieStore | null, own: RequestCookies | null, ownOrigin: string) {
    this.#store = store;
    this.#own = own;
    this.#ownOrigin = ownOrigin;
  }

  /** Puts the cookie header on, unless the caller has given one. */
  apply(request: OutgoingRequest): void {
    if (request.given.has('cookie')) return;
    const own = request.origin === this.#ownOrigin ? this.#own : null;
    const header = cookieHeader(this.#store?.header(request.url) ?? null, own);
    if (header !== null) request.setHeader('cookie', header);
  }

  store(url: string, headers: HeaderRecord): void {
    if (this.#store === null || headers['set-cookie'] === undefined) return;
    this.#store.store(url, new HttpHeaders(headers).getAll('set-cookie'));
  }
}
