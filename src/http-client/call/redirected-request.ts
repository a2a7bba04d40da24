// The request that a redirect asks for: another URL, perhaps another method, and no secret for another host.

import type { Exchange } from '../exchange/exchange.ts';
import { detailsOf } from '../exchange/exchange-error.ts';
import { OutgoingRequest } from '../outgoing-request.ts';
import { hopHeaders } from '../redirects/hop-headers.ts';
import { nextHop } from '../redirects/next-hop.ts';

export interface Redirected {
  readonly request: OutgoingRequest;
  /** Whether what proves who sends it may go along. */
  readonly keepCredentials: boolean;
}

/**
 * Null if the response is no redirect.
 *
 * @throws `GREEN_ERR_HTTP_REDIRECT` when it leads to what is not HTTP.
 */
export function redirectedRequest(exchange: Exchange): Redirected | null {
  const { request, status, headers } = exchange;
  const { method, origin, path, body, given, attempt } = request;
  const location = firstOf(headers['location']);
  const hop = nextHop({ method, origin, path, hasBody: body !== null }, status, location, detailsOf(exchange));
  if (hop === null) return null;
  const { url, keepBody, keepCredentials } = hop;
  const next = new OutgoingRequest(
    hop.method,
    url.origin,
    url.pathname + url.search,
    hopHeaders(given, hop),
    keepBody ? body : null,
    null,
    attempt,
  );
  return { request: next, keepCredentials };
}

function firstOf(header: string | string[] | undefined): string | null {
  return (typeof header === 'string' ? header : header?.[0]) ?? null;
}
