// Legacy (req, res) handlers in a pool, for node:http servers and anything that hands out its raw pair.

import type { IncomingMessage, ServerResponse } from 'node:http';

import { InvalidOptionError } from '../errors.ts';
import { GreenPool } from '../pool/index.ts';
import { type GreenroomOptions, splitOptions } from './options.ts';

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface RunInPoolOptions extends GreenroomOptions {
  /** An existing pool, for example `fastify.green.pool`, instead of one made from the limits. */
  pool?: GreenPool;
  /** Told of what the handler throws, after the client has been answered. Default: print it to stderr. */
  onError?: (error: unknown, request: IncomingMessage) => void;
}

/** A request listener, and the pool it runs in. */
export interface PooledListener {
  (request: IncomingMessage, response: ServerResponse): void;
  readonly pool: GreenPool;
}

/**
 * Wraps a synchronous `(req, res)` handler: each call runs in a context of a pool, where any function below it may
 * `wait()`. The listener itself never suspends; it returns at once.
 *
 * A full or closed pool is answered with 503 and `Retry-After`. If the handler throws, the client gets a bare 500, or,
 * when the headers are already out, a closed connection; the error goes to `onError`.
 *
 * @param handler - what `http.createServer()` takes.
 * @param options - limits of the pool that is made for it, or that pool.
 * @throws `GREEN_ERR_OPT_INVALID` for a handler that is no function, an unknown option, or one out of its range.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { wait } from 'greenroom';
 * import { runInPool } from 'greenroom/middleware';
 *
 * createServer(runInPool((req, res) => res.end(wait(Promise.resolve('hello'))), { maxWorkers: 20 })).listen(3000);
 * ```
 */
export function runInPool(handler: RequestListener, options: RunInPoolOptions = {}): PooledListener {
  if (typeof handler !== 'function') throw new InvalidOptionError('runInPool() handler', 'a function', handler);
  const { pool: given, onError = printError, ...limits } = options;
  const { pool: poolOptions, retryAfter } = splitOptions(limits);
  if (given !== undefined && !(given instanceof GreenPool)) throw new InvalidOptionError('pool', 'a GreenPool', given);
  if (given !== undefined && Object.keys(poolOptions).length > 0) {
    throw new InvalidOptionError('options', 'either a pool or limits for a new one', 'both');
  }
  if (typeof onError !== 'function') throw new InvalidOptionError('onError', 'a function', onError);
  const pool = given ?? new GreenPool(poolOptions);

  const listener = function (this: unknown, request: IncomingMessage, response: ServerResponse): void {
    pool
      // What the handler returns means nothing in (req, res) style, unless it is a promise: then its failure counts.
      .submit(() => handler.call(this, request, response))
      .catch((error: unknown) => {
        if (isRefusal(error)) return answer(response, 503, { 'retry-after': String(retryAfter) });
        answer(response, 500, {});
        onError(error, request);
      });
  };
  return Object.assign(listener, { pool });
}

function isRefusal(error: unknown): boolean {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return code === 'GREEN_ERR_POOL_FULL' || code === 'GREEN_ERR_POOL_CLOSED';
}

function answer(response: ServerResponse, status: number, headers: Record<string, string>): void {
  if (response.headersSent) {
    // Half a response is out: only a closed connection tells the client that the rest is missing.
    if (!response.writableEnded) response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(status === 503 ? 'Service Unavailable\n' : 'Internal Server Error\n');
}

function printError(error: unknown): void {
  console.error(error);
}
