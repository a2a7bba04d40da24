// Which error a failed exchange throws.

import type { Exchange } from './exchange.ts';
import {
  HttpBodyTooLargeError,
  HttpClosedError,
  HttpConnectError,
  HttpTimeoutError,
  HttpTransportError,
  InvalidRequestError,
} from './http-errors.ts';

/** Milliseconds that undici lets a connection take, TLS handshake included. */
export const CONNECT_TIMEOUT_MS = 10_000;

export function errorOf(exchange: Exchange): Error {
  const { method, origin, path, timeout } = exchange.request;
  const { phase, elapsed, failure } = exchange;
  const details = { method, origin, path, elapsed };
  if (failure === 'deadline') return new HttpTimeoutError(details, phase, timeout);
  if (failure === 'too-large') return new HttpBodyTooLargeError(details, exchange.maxBytes);
  const cause = failure?.cause;
  switch ((cause as { code?: unknown } | null | undefined)?.code) {
    case 'UND_ERR_INVALID_ARG':
    case 'UND_ERR_NOT_SUPPORTED':
    case 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH':
      return new InvalidRequestError('The request', `one that undici can send (${(cause as Error).message})`, cause);
    case 'UND_ERR_CLOSED':
    case 'UND_ERR_DESTROYED':
      return new HttpClosedError(details, cause);
    case 'UND_ERR_CONNECT_TIMEOUT':
      return new HttpTimeoutError(details, 'connect', CONNECT_TIMEOUT_MS, cause);
    default:
      if (phase === 'connect') return new HttpConnectError(details, cause);
      return new HttpTransportError(details, phase, cause);
  }
}
