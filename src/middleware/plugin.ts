// The Fastify plugin: pools, routes that opt in with `green`, and a close that drains.

import type { FastifyInstance, FastifyPluginAsync, RawServerBase, RawServerDefault, RouteOptions } from 'fastify';
import fastifyPlugin from 'fastify-plugin';

import { RequestNotGreenError } from '../errors.ts';
import { drainOnClose } from './close.ts';
import { GreenDecorator, type Registration, SCOPE, type ScopedInstance } from './decorator.ts';
import { enterHandler } from './enter.ts';
import { named } from './named.ts';
import { type GreenRouteOptions, type GreenroomOptions, type PluginSettings, resolveOptions } from './options.ts';
import { RequestPools } from './pools.ts';
import type { RequestGreen } from './request-green.ts';
import { choiceOf, type GreenChoice, isAsyncFunction, labelOf, routeSettings } from './route-settings.ts';
import { type AnyHandler, type RequestWithTask, TASK } from './route-task.ts';
import { registerStatus } from './status/index.ts';
import { assertRoutesSeen, hasRoutes } from './strict-routes.ts';

/**
 * Registers bounded pools of green contexts. Routes declared after it, here and in child scopes, run their handler in a
 * pool when they have the route option `green`; all others are untouched.
 *
 * - What a green handler returns or throws is treated by Fastify as from any handler. It may also call `reply.send()`, or
 *   return an iterator or generator, which is streamed while the client reads and may wait.
 * - When the pool is full, closed, or no worker comes free in time, the request fails with `GREEN_ERR_POOL_FULL`,
 *   `GREEN_ERR_POOL_CLOSED` or `GREEN_ERR_POOL_QUEUE_TIMEOUT`, status 503 and a `Retry-After` header, through the error
 *   handler. After the route's `timeout` it fails with `GREEN_ERR_REQUEST_TIMEOUT` and its context is cancelled.
 * - When the client goes away, its request is cancelled, queued or running, and the log says so with status 499.
 * - `fastify.close()` refuses new work, lets what was taken finish for `drainTimeout`, cancels the rest, and ends
 *   keep-alive on the replies.
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
 * await app.register(greenroom, { maxWorkers: 100, pools: { reports: { maxWorkers: 4 } } });
 * app.get('/hello', { green: true }, () => wait(Promise.resolve({ hello: 'world' })));
 * app.get('/report', { green: { pool: 'reports', timeout: 30_000 } }, () => wait(Promise.resolve('…')));
 * ```
 */
export const greenroom: FastifyPluginAsync<GreenroomOptions> = fastifyPlugin(register, {
  name: 'greenroom',
  fastify: '>=5.8 <7',
});

async function register(fastify: FastifyInstance, options: GreenroomOptions): Promise<void> {
  const { settings, pools: limits } = resolveOptions(options);
  const pools = new RequestPools(limits);
  const registration: Registration = {
    requestPools: pools,
    pools: () => Array.from(pools.all, ({ pool }) => pool),
    used: false,
    settingsFor: (choice, label) => routeSettings(pools, choice, label, settings.onSaturated),
  };
  const entered = new WeakSet<AnyHandler>();
  const declaredBefore = hasRoutes(fastify);

  decorate(fastify, registration);
  fastify.addHook('onRoute', function (route) {
    const choice = choiceFor(this as ScopedInstance, route, settings);
    if (choice === null) return;
    registration.used = true;
    const handler = route.handler as AnyHandler;
    // Fastify shows a route again for the other form of its prefix, with the same options.
    if (entered.has(handler)) return;
    const { handlerTimeout: forAll } = this.initialConfig as { handlerTimeout?: number };
    const watchesFastify = (route.handlerTimeout ?? forAll ?? 0) > 0;
    const own = routeSettings(pools, choice, labelOf(route), settings.onSaturated, watchesFastify);
    const entering: AnyHandler = function (request, reply) {
      return enterHandler(own, handler, this, request, reply);
    };
    entered.add(named(entering, handler));
    route.handler = entering as typeof route.handler;
  });
  if (settings.strictRoutes && declaredBefore) {
    fastify.addHook('onReady', async () => assertRoutesSeen(registration.used));
  }
  drainOnClose(fastify, pools, settings.drainTimeout);
  if (settings.status !== undefined) registerStatus(fastify, settings.status, registration);
}

function decorate(fastify: FastifyInstance, registration: Registration): void {
  const decorators = new WeakMap<object, GreenDecorator>();
  fastify.decorate('green', {
    getter(this: FastifyInstance) {
      let decorator = decorators.get(this);
      if (decorator === undefined) {
        decorator = new GreenDecorator(this, registration);
        decorators.set(this, decorator);
      }
      return decorator;
    },
  });
  fastify.decorateRequest(TASK, null);
  fastify.decorateRequest('green', {
    getter() {
      const task = (this as RequestWithTask)[TASK];
      if (task === null) throw new RequestNotGreenError();
      return task.green;
    },
  });
}

function choiceFor(instance: ScopedInstance, route: RouteOptions, { all }: PluginSettings): GreenChoice {
  const { green } = route as { green?: unknown };
  const scope = instance[SCOPE];
  if (green !== undefined) {
    const own = choiceOf(green, 'the route option green');
    return own === null ? null : { ...scope, ...own };
  }
  if (scope === null || isAsyncFunction(route.handler)) return null;
  if (scope !== undefined) return scope;
  return (typeof all === 'function' ? all(route) : all) ? {} : null;
}

declare module 'fastify' {
  interface FastifyInstance {
    green: GreenDecorator;
  }

  interface FastifyRequest {
    /** What a green handler can ask about its own run. Throws `GREEN_ERR_REQUEST_NOT_GREEN` elsewhere. */
    green: RequestGreen;
  }

  interface RouteShorthandOptions<RawServer extends RawServerBase = RawServerDefault> {
    /** Runs the handler in one of greenroom's pools, where it may `wait()`. */
    green?: boolean | GreenRouteOptions;
  }
}
