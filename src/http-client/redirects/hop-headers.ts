// Which headers go along with a redirect. What says who sends it stays with the host it was meant for.

import type { RequestHeaders } from '../request-headers.ts';
import type { Hop } from './next-hop.ts';

const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie']);

/** The headers for the hop: the same map if none has to go. Authentication and jar cookies are put on afterwards. */
export function hopHeaders(headers: RequestHeaders, hop: Hop): RequestHeaders {
  const goes = (name: string): boolean =>
    (!hop.keepCredentials && CREDENTIALS.has(name)) ||
    (!hop.sameOrigin && name === 'host') ||
    (!hop.keepBody && name.startsWith('content-'));
  const names = [...headers.keys()];
  if (!names.some(goes)) return headers;
  return new Map([...headers].filter(([name]) => !goes(name)));
}
