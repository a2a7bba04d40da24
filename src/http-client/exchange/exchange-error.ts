// Why an exchange failed, and which error it throws.

import { performance } from 'node:perf_hooks';

import { GreenroomError } from '../../errors.ts';
import {
  HttpClosedError,
  HttpConnectError,
  type HttpErrorDetails,
  HttpProxyError,
  HttpTimeoutError,
  type HttpTimeoutLimit,
  HttpTlsError,
  HttpTransportError,
  InvalidRequestError,
} from '../http-errors.ts';
import { HttpBodyTooLargeError } from '../responses/response-errors.ts';
import { ConnectTimeout } from '../transport/connect-attempt.ts';
import { transportErrorOf } from '../transport/transport-error.ts';
import type { Exchange } from './exchange.ts';

/** Why there is no response. */
export type ExchangeFailure =
  | { readonly timeout: HttpTimeoutLimit; readonly limit: number }
  | 'too-large'
  | { readonly cause: unknown }
  /** Code of the caller's threw this: what makes the body, or a callback. */
  | { readonly thrown: unknown };

/** What the errors of this exchange, and of the response it gives, know about the request. */
export function detailsOf(exchange: Exchange): HttpErrorDetails {
  const { method, origin, path, attempt } = exchange.request;
  return { method, origin, path, attempt, elapsed: performance.now() - exchange.calledAtMs };
}

export function errorOf(exchange: Exchange, failure: ExchangeFailure, maxResponseBytes: number): Error {
  const details = detailsOf(exchange);
  const { phase } = exchange;
  if (failure === 'too-large') return new HttpBodyTooLargeError(details, maxResponseBytes);
  if ('thrown' in failure) return failure.thrown as Error;
  if ('timeout' in failure) return new HttpTimeoutError(details, phase, failure.timeout, failure.limit);
  const { cause } = failure;
  if (cause instanceof GreenroomError) return cause; // of the body that was to be sent, say
  switch ((cause as { code?: unknown } | null | undefined)?.code) {
    case 'UND_ERR_INVALID_ARG':
    case 'UND_ERR_NOT_SUPPORTED':
    case 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH':
      return new InvalidRequestError('The request', `one that undici can send (${(cause as Error).message})`, cause);
    case 'UND_ERR_CLOSED':
    case 'UND_ERR_DESTROYED':
      return new HttpClosedError(details, cause);
  }
  return transportFailure(exchange, details, cause);
}

function transportFailure(exchange: Exchange, details: HttpErrorDetails, cause: unknown): Error {
  const { phase } = exchange;
  const known = transportErrorOf(cause, phase);
  switch (known?.kind) {
    case 'proxy':
      return new HttpProxyError(details, known.status, cause);
    case 'tls':
      return new HttpTlsError(details, cause);
    case 'connect-timeout':
      return new HttpTimeoutError(details, 'connect', 'connect', limitOf(exchange, cause), cause);
  }
  return phase === 'connect' ? new HttpConnectError(details, cause) : new HttpTransportError(details, phase, cause);
}

// A request may have been given more time than a new connection has, which is the client's.
function limitOf(exchange: Exchange, cause: unknown): number {
  return cause instanceof ConnectTimeout ? cause.limit : exchange.connectLimitMs;
}
