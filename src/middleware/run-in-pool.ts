// Legacy handlers in a pool: for node:http servers, and for frameworks that hand out its raw pair.

import type { IncomingMessage, ServerResponse } from 'node:http';

import { InvalidOptionError } from '../errors.ts';
import type { GreenPool, ShutdownOptions } from '../pool/index.ts';
import { fetchHandler } from './fetch-handler.ts';
import { failWith } from './legacy-answer.ts';
import { isApp, serveApp } from './legacy-app.ts';
import { errorMiddleware, serveHandler } from './legacy-handler.ts';
import {
  type Handler,
  type Next,
  type ResolvedService,
  type RunInPoolOptions,
  resolveService,
  type Serve,
} from './legacy-service.ts';
import { shutdownOf } from './legacy-shutdown.ts';
import type { WsgiEnviron } from './wsgi-environ.ts';
import { type WsgiResult, wsgiHandler } from './wsgi-handler.ts';

export type NextFunction = Next;

interface InPool {
  readonly pool: GreenPool;
  /**
   * For servers without Fastify, beside `server.close()`: takes no more requests, lets those it has taken finish, and
   * ends their connections with the answer, so that `close()` need not wait for idle clients. What has not ended after
   * `drain` milliseconds (0 to 2,147,483,647; 10,000 unless given) is cancelled and answered with 503. Never suspends;
   * calling it again returns the same promise. It closes the pool, for all who share it.
   *
   * @returns a promise that is fulfilled when no request is left.
   * @throws `GREEN_ERR_OPT_INVALID` (at once) for a bad `drain`.
   */
  shutdown(options?: ShutdownOptions): Promise<void>;
}

/** What runInPool() makes of a handler or an app: a listener of a server, and middleware. */
export interface PooledListener<
  Req extends IncomingMessage = IncomingMessage,
  Res extends ServerResponse = ServerResponse,
> extends InPool {
  (request: Req, response: Res, next?: NextFunction): unknown;
}

/** What runInPool() makes of error middleware. */
export interface PooledErrorMiddleware<
  Req extends IncomingMessage = IncomingMessage,
  Res extends ServerResponse = ServerResponse,
> extends InPool {
  (error: unknown, request: Req, response: Res, next: NextFunction): unknown;
}

/** An Express or Connect app, or a router. */
export type LegacyApp = ((...args: never[]) => unknown) & { use: (...args: never[]) => unknown };

type FetchOptions = RunInPoolOptions & { kind: 'fetch' };
type WsgiOptions = RunInPoolOptions & { kind: 'wsgi' };

/**
 * Runs legacy code in contexts of a pool, where any synchronous function below it may `wait()`: `(req, res)` and
 * `(req, res, next)` handlers, error middleware, whole Express 4, Express 5 and Connect apps and their routers, and with
 * `kind` fetch-style and WSGI-shaped handlers. What it returns is called as the target was, and never suspends itself.
 *
 * - In an app every layer enters the pool by itself, or stays in the context of the layer that called `next()`: no
 *   worker is held while a body parser reads. Async functions among the layers are left alone.
 * - What a handler throws, before or after a wait, goes to `next` where there is one. Else the client gets a bare 500,
 *   or a closed connection if the headers are out, and the error goes to `onError`.
 * - When the pool is full, closed, or no worker comes free in time, the request fails with `GREEN_ERR_POOL_FULL`,
 *   `GREEN_ERR_POOL_CLOSED` or `GREEN_ERR_POOL_QUEUE_TIMEOUT`, status 503, and a `Retry-After` header is set; after
 *   `timeout`, counted over all layers, with `GREEN_ERR_REQUEST_TIMEOUT`, and its context is cancelled. These go to
 *   `next` too, else they are answered.
 * - A client that goes away cancels its request, queued or running.
 *
 * @param target - what `http.createServer()` or `app.use()` takes; see `kind` for what is recognised.
 * @param options - limits of its requests, and of the pool that is made for it, or that pool.
 * @throws `GREEN_ERR_OPT_INVALID` for a target that is no function, or an app that is in a pool already; for an unknown
 *   option, or one out of its range.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { wait } from 'greenroom';
 * import { runInPool } from 'greenroom/middleware';
 *
 * createServer(runInPool((req, res) => res.end(wait(Promise.resolve('hello'))), { maxWorkers: 20 })).listen(3000);
 * ```
 */
export function runInPool(
  target: (request: Request) => Response | Promise<Response>,
  options: FetchOptions,
): PooledListener;
export function runInPool(target: (environ: WsgiEnviron) => WsgiResult, options: WsgiOptions): PooledListener;
export function runInPool(target: LegacyApp, options?: RunInPoolOptions): PooledListener;
export function runInPool<Req extends IncomingMessage = IncomingMessage, Res extends ServerResponse = ServerResponse>(
  target: (request: Req, response: Res, next: NextFunction) => unknown,
  options?: RunInPoolOptions,
): PooledListener<Req, Res>;
export function runInPool<Req extends IncomingMessage = IncomingMessage, Res extends ServerResponse = ServerResponse>(
  target: (error: never, request: Req, response: Res, next: NextFunction) => unknown,
  options?: RunInPoolOptions,
): PooledErrorMiddleware<Req, Res>;
export function runInPool(target: (...args: never[]) => unknown, options: RunInPoolOptions = {}): InPool {
  if (typeof target !== 'function') throw new InvalidOptionError('runInPool() target', 'a function', target);
  const handler = target as Handler;
  const service = resolveService(isApp(target) ? 'app' : target.length === 4 ? 'error' : 'listener', options);
  const made =
    service.kind === 'error' ? errorMiddleware(handler, service) : listenerOf(serveOf(handler, service), service);
  return Object.assign(made, { pool: service.settings.pool.pool, shutdown: shutdownOf(service) });
}

function serveOf(handler: Handler, service: ResolvedService): Serve {
  switch (service.kind) {
    case 'app':
      return serveApp(handler, service);
    case 'fetch':
      return serveHandler(fetchHandler(handler, service), service);
    case 'wsgi':
      return serveHandler(wsgiHandler(handler, service), service);
    default:
      return serveHandler(handler, service);
  }
}

function listenerOf(serve: Serve, service: ResolvedService): Handler {
  const listener = function (this: unknown, request: IncomingMessage, response: ServerResponse, next?: Next): unknown {
    // Servers call listeners with two arguments, frameworks with three.
    return serve(this, request, response, next, next ?? failWith(service, request, response));
  };
  return listener as Handler;
}
