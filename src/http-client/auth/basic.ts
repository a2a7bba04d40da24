// Basic authentication (RFC 7617), and the credentials that a URL carries.

import { InvalidRequestError } from '../http-errors.ts';
import type { HttpCredentials } from './http-auth.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what RFC 7617 section 2 forbids.
const CONTROL = /[\x00-\x1f\x7f]/;

/** `Basic …`, of the UTF-8 bytes. */
export function basicHeader([user, password]: HttpCredentials): string {
  if (user.includes(':')) {
    throw new InvalidRequestError('The user name', "without ':', which ends it in basic authentication");
  }
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}

/** Two strings without control characters, copied: what the caller changes later changes nothing here. */
export function checkCredentials(option: string, credentials: unknown): HttpCredentials {
  if (!Array.isArray(credentials) || credentials.length !== 2) {
    throw new InvalidRequestError(option, 'an array of user name and password');
  }
  const [user, password] = credentials as readonly unknown[];
  if (typeof user !== 'string' || typeof password !== 'string' || CONTROL.test(user) || CONTROL.test(password)) {
    throw new InvalidRequestError(option, 'two strings without control characters');
  }
  return [user, password];
}

/**
 * User name and password of a URL such as `http://user:password@host/`, percent-decoded; null if it has none. As
 * requests and curl do, they are for basic authentication.
 *
 * @throws `GREEN_ERR_OPT_INVALID` for what percent-decoding makes no UTF-8 or a control character of.
 */
export function userinfoAuth(url: URL): HttpCredentials | null {
  if (url.username === '' && url.password === '') return null;
  let decoded: readonly string[];
  try {
    decoded = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  } catch {
    throw new InvalidRequestError('url', 'one whose user name and password are percent-encoded UTF-8');
  }
  return checkCredentials('The user name and password of url', decoded);
}
