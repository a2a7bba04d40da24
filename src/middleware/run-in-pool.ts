// Legacy (req, res) handlers in a pool, for node:http servers and anything that hands out its raw pair.

import type { IncomingMessage, ServerResponse } from 'node:http';

import { InvalidOptionError } from '../errors.ts';
import { assertFunction, GREEN_POOL_DEFAULTS, GreenPool } from '../pool/index.ts';
import { ListenerTask } from './listener-task.ts';
import { DEFAULT_POOL, type PoolLimits, resolvePoolLimits } from './options.ts';
import { RequestPool } from './pools.ts';
import type { RequestSettings } from './request-task.ts';

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface RunInPoolOptions extends PoolLimits {
  /** An existing pool, for example `fastify.green.pool()`, instead of one made from the limits. */
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
 * @param options - limits of its requests, and of the pool that is made for it, or that pool.
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
  assertFunction('runInPool() handler', handler);
  if (typeof options !== 'object' || options === null) throw new InvalidOptionError('options', 'an object', options);
  const { pool: given, onError = printError, ...limits } = options;
  assertFunction('onError', onError);
  const pool = poolFor(given, limits);
  const settings = listenerSettings(pool);
  const listener = function (this: unknown, request: IncomingMessage, response: ServerResponse): void {
    ListenerTask.enter(settings, () => handler.call(this, request, response), request, response, onError);
  };
  return Object.assign(listener, { pool: pool.pool });
}

function poolFor(given: GreenPool | undefined, limits: PoolLimits): RequestPool {
  const resolved = resolvePoolLimits(limits);
  if (given === undefined) return RequestPool.create(DEFAULT_POOL, resolved);
  if (!(given instanceof GreenPool)) throw new InvalidOptionError('pool', 'a GreenPool', given);
  const own = Object.keys(limits).find((key) => key in GREEN_POOL_DEFAULTS);
  if (own !== undefined) throw new InvalidOptionError(own, 'left to the pool that is given', own);
  return new RequestPool(given, resolved);
}

function listenerSettings(pool: RequestPool): RequestSettings {
  const { timeout, timeoutStatus, cancelOnDisconnect, writeTimeout, serverTiming } = pool.limits;
  return {
    pool,
    label: null,
    priority: 0,
    queueTimeoutMs: null,
    timeoutMs: timeout === false ? 0 : timeout,
    timeoutStatus,
    cancelOnDisconnect,
    writeTimeoutMs: writeTimeout,
    serverTiming,
  };
}

function printError(error: unknown): void {
  console.error(error);
}
