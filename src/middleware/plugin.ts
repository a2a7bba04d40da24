// The Fastify plugin: one pool per registration, routes that opt in with `green: true`, and a close that drains.

import type { FastifyInstance, FastifyPluginAsync, RawServerBase, RawServerDefault } from 'fastify';
import fastifyPlugin from 'fastify-plugin';

import { InvalidOptionError } from '../errors.ts';
import { GreenPool, type GreenPoolStats } from '../pool/index.ts';
import { GreenRoutes } from './green-routes.ts';
import { type GreenroomOptions, splitOptions } from './options.ts';
import type { AnyHandler } from './route-task.ts';

/** What the plugin puts on the Fastify instance as `fastify.green`. */
export interface GreenDecorator {
  /** The pool that green routes run in. */
  readonly pool: GreenPool;
  /** Runs `fn` in that pool; see {@link GreenPool.submit}. Never suspends the caller. */
  run<R>(fn: () => R): Promise<Awaited<R>>;
  /** Live counts of the pool. */
  stats(): GreenPoolStats;
}

/**
 * Registers a bounded pool of green contexts. Routes declared after it, here and in child scopes, run their handler
 * in the pool when they have the route option `green: true`; all others are untouched.
 *
 * - What a green handler returns or throws is treated by Fastify as from any handler. It may also call `reply.send()`.
 * - When the pool is full, or closed, the request fails with `GREEN_ERR_POOL_FULL` or `GREEN_ERR_POOL_CLOSED`, status
 *   503 and a `Retry-After` header, through the error handler.
 * - `fastify.close()` refuses new work, lets what was taken finish, and ends keep-alive on those replies.
 *
 * Register it with `await`, or routes on the same instance are declared before it.
 *
 * @throws `GREEN_ERR_OPT_INVALID` for an unknown option, or one out of its range.
 * @example
 * ```ts
 * import Fastify from 'fastify';
 * import { wait } from 'greenroom';
 * import greenroom from 'greenroom/middleware';
 *
 * const app = Fastify();
 * await app.register(greenroom, { maxWorkers: 100 });
 * app.get('/hello', { green: true }, () => wait(Promise.resolve({ hello: 'world' })));
 * ```
 */
export const greenroom: FastifyPluginAsync<GreenroomOptions> = fastifyPlugin(register, {
  name: 'greenroom',
  fastify: '>=5.8 <7',
});

async function register(fastify: FastifyInstance, options: GreenroomOptions): Promise<void> {
  const { pool: poolOptions, retryAfter } = splitOptions(options);
  const pool = new GreenPool(poolOptions);
  const routes = new GreenRoutes(pool, retryAfter);

  const decorator: GreenDecorator = {
    pool,
    run: (fn) => pool.submit(fn),
    stats: () => pool.stats,
  };
  fastify.decorate('green', decorator);

  fastify.addHook('onRoute', (route) => {
    const { green } = route as { green?: unknown };
    if (green === undefined || green === false) return;
    if (green !== true) throw new InvalidOptionError('the route option green', 'true or false', green);
    route.handler = routes.wrap(route.handler as AnyHandler) as typeof route.handler;
  });
  fastify.addHook('preClose', async () => {
    routes.beginClose();
    // Queued now, this runs as soon as the server has closed and before every onClose hook, so that a handler whose
    // client is gone still has its database. It cannot be waited for here: Fastify ends the process if a preClose
    // hook takes longer than `pluginTimeout`.
    (fastify as { onClose?: (drain: () => Promise<void>) => void }).onClose?.(() => pool.shutdown());
  });
  fastify.addHook('onClose', () => pool.shutdown());
}

declare module 'fastify' {
  interface FastifyInstance {
    green: GreenDecorator;
  }

  interface RouteShorthandOptions<RawServer extends RawServerBase = RawServerDefault> {
    /** Runs the handler in greenroom's pool, where it may `wait()`. */
    green?: boolean;
  }
}
