// Where a redirect leads, and what of the request goes along. Pure: the client counts, sends and keeps the history.

import type { HttpErrorDetails } from '../http-errors.ts';
import { HttpRedirectError } from './redirect-errors.ts';

/** What was sent, as far as a redirect depends on it. `fragment` begins with '#'. */
export interface RedirectedRequest {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly hasBody: boolean;
  readonly fragment?: string;
}

export interface Hop {
  readonly method: string;
  /** Without user name and password. */
  readonly url: URL;
  /** Whether the body is sent again. */
  readonly keepBody: boolean;
  readonly sameOrigin: boolean;
  /** Whether what proves who sends it may go along: the same origin, or the same host from http to https. */
  readonly keepCredentials: boolean;
}

// 300 leaves the choice to the user; 304 is no redirect; 305 and 306 are not to be followed (RFC 9110 section 15.4).
const FOLLOWED: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * The next request of a redirect; null if the response is none. After the Fetch standard's HTTP-redirect fetch: 301 and
 * 302 turn POST into GET, 303 all but HEAD. User name and password in Location are dropped: they are the server's, not
 * the caller's.
 *
 * @param location - the Location header as undici gives it, latin1; null for none.
 * @param details - for the error.
 * @throws `GREEN_ERR_HTTP_REDIRECT` when Location is no http: or https: URL.
 */
export function nextHop(
  request: RedirectedRequest,
  status: number,
  location: string | null,
  details: HttpErrorDetails,
): Hop | null {
  if (!FOLLOWED.has(status) || location === null || location === '') return null;
  const from = new URL(request.origin + request.path);
  const url = resolve(location, from);
  if (url === null) throw new HttpRedirectError(details, status);
  url.username = '';
  url.password = '';
  // RFC 9110 section 10.2.2: the fragment is inherited.
  if (url.hash === '' && request.fragment !== undefined) url.hash = request.fragment;

  const method = methodAfter(request.method, status);
  const sameOrigin = url.origin === from.origin;
  return {
    method,
    url,
    keepBody: request.hasBody && status !== 303 && method === request.method,
    sameOrigin,
    keepCredentials: sameOrigin || isUpgrade(from, url),
  };
}

function resolve(location: string, from: URL): URL | null {
  const text = asUtf8(location);
  if (!URL.canParse(text, from.href)) return null;
  const url = new URL(text, from);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : null;
}

// Servers send UTF-8 bytes here, though RFC 9110 wants percent-encoding; undici reads each byte as a character.
function asUtf8(text: string): string {
  if (!/[\x80-\xff]/.test(text)) return text;
  const decoded = Buffer.from(text, 'latin1').toString('utf8');
  return decoded.includes('\ufffd') ? text : decoded;
}

function methodAfter(method: string, status: number): string {
  if (status === 303) return method === 'HEAD' ? 'HEAD' : 'GET';
  return method === 'POST' && (status === 301 || status === 302) ? 'GET' : method;
}

// As requests has it: a site that moves its visitors to https keeps them logged in. Both on their default ports.
function isUpgrade(from: URL, to: URL): boolean {
  return (
    from.protocol === 'http:' &&
    to.protocol === 'https:' &&
    from.hostname === to.hostname &&
    from.port === '' &&
    to.port === ''
  );
}
