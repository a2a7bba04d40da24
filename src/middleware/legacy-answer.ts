// Answers where no framework does it.

import type { IncomingMessage, ServerResponse } from 'node:http';

import { BodyTooLargeError, RequestTimeoutError } from '../errors.ts';
import type { LegacyService, Next } from './legacy-service.ts';
import { isRefusal } from './pools.ts';
import type { RequestSettings } from './request-task.ts';

const TEXTS: Readonly<Record<number, string>> = {
  404: 'Not Found\n',
  413: 'Payload Too Large\n',
  500: 'Internal Server Error\n',
  503: 'Service Unavailable\n',
  504: 'Gateway Timeout\n',
};

/** Puts on the reply to a refused request what its client should know, whoever answers it. */
export function tellClient(settings: RequestSettings, response: ServerResponse, error: unknown): void {
  if (!isRefusal(error) || response.headersSent) return;
  response.setHeader('retry-after', String(settings.pool.retryAfterSeconds));
  if (settings.pool.pool.closed) response.shouldKeepAlive = false;
}

/**
 * What hears of a handler's failure when there is no `next`: the client gets the error's status and no details, or, when
 * the headers are out, a closed connection; onError gets what was not the client's or the pool's doing.
 */
export function failWith(service: LegacyService, request: IncomingMessage, response: ServerResponse): Next {
  return (error) => {
    const status = statusOf(error);
    answer(response, status);
    if (status === 500) service.onError(error, request);
  };
}

/** What `next()` is for middleware that is all of a server. */
export function lastNext(response: ServerResponse, fail: Next): Next {
  return (error) => {
    if (error !== undefined && error !== null) fail(error);
    else answer(response, 404);
  };
}

/** Only of greenroom's own errors: that of another may come from some upstream and mean anything. */
function statusOf(error: unknown): number {
  if (isRefusal(error)) return 503;
  const own = error instanceof RequestTimeoutError || error instanceof BodyTooLargeError;
  return own ? (error.statusCode as number) : 500;
}

function answer(response: ServerResponse, status: number): void {
  if (response.headersSent) {
    // Half a response is out: only a closed connection tells the client that the rest is missing.
    if (!response.writableEnded) response.destroy();
    return;
  }
  for (const name of response.getHeaderNames())
    if (name !== 'retry-after' && name !== 'connection') response.removeHeader(name);
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(TEXTS[status]);
}
