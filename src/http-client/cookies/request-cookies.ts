// The cookies of one request, which no jar keeps: checked, and laid over those of the store.

import { InvalidOptionError } from '../../errors.ts';
import { InvalidRequestError } from '../http-errors.ts';
import { isToken } from '../request-headers.ts';

/** Name and value; the value is sent as it is, not encoded. */
export type RequestCookies = Readonly<Record<string, string>>;

// Printable ASCII without the semicolon: more than RFC 6265 section 4.1.1 lets a server set, and no second cookie.
const VALUE = /^[\x20-\x3a\x3c-\x7e]*$/;

/** @throws `GREEN_ERR_OPT_INVALID`; the message shows neither names nor values. */
export function checkCookies(cookies: RequestCookies): void {
  if (typeof cookies !== 'object' || cookies === null || Symbol.iterator in cookies) {
    throw new InvalidOptionError('cookies', 'a plain object of names and values', typeof cookies);
  }
  for (const [name, value] of Object.entries(cookies)) {
    if (!isToken(name)) throw new InvalidRequestError('The name of a cookie', 'an HTTP token');
    if (typeof value !== 'string' || !VALUE.test(value)) {
      throw new InvalidRequestError('The value of a cookie', "a string of printable ASCII characters without ';'");
    }
  }
}

/**
 * The value of the cookie header, null for none. A cookie of the request replaces every stored one of its name.
 *
 * @param stored - what {@link CookieStore.header} gave.
 * @param cookies - that {@link checkCookies} has seen.
 */
export function cookieHeader(stored: string | null, cookies: RequestCookies | null): string | null {
  if (cookies === null) return stored;
  const kept = stored?.split('; ').filter((pair) => !Object.hasOwn(cookies, nameOf(pair))) ?? [];
  const all = [...kept, ...Object.entries(cookies).map(([name, value]) => `${name}=${value}`)];
  return all.length === 0 ? null : all.join('; ');
}

function nameOf(pair: string): string {
  return pair.slice(0, pair.indexOf('='));
}
