// A server may close a kept-alive connection at the very moment a request goes out on it. Nothing was wrong with the
// request, so it is sent again on another connection, as browsers and Go's net/http do, if sending it twice does no harm
// (RFC 9110, section 9.2.2 and RFC 9112, section 9.3.1). This is no retry: it needs no option and counts no attempt.

import type { Exchange } from '../exchange/exchange.ts';

/** As many connections may be stale at once. */
export const MAX_STALE_RETRIES = 8;

const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

const CLOSED: ReadonlySet<unknown> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** Whether the exchange, which was on a connection that other requests had used, met its end. */
export function isStale({ request, onUsedConnection, phase, failure }: Exchange): boolean {
  if (!onUsedConnection || phase !== 'headers') return false;
  if (!IDEMPOTENT.has(request.method) || request.body?.replayable === false) return false;
  if (failure === null || failure === 'too-large' || !('cause' in failure)) return false;
  return CLOSED.has((failure.cause as { code?: unknown } | null | undefined)?.code);
}
