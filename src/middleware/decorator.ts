// `fastify.green`: one per Fastify instance, so that scope() knows whose scope it is.

import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  onRequestAsyncHookHandler,
  preSerializationAsyncHookHandler,
} from 'fastify';

import {
  type ContextDump,
  type DumpOptions,
  dumpContexts,
  type GreenPool,
  type GreenPoolStats,
  type GreenTask,
  type SubmitOptions,
  spawn,
} from '../pool/index.ts';
import { markErrorHandler, markHandler, markHook } from './marks.ts';
import { type MetricsOptions, type MetricsRegistry, type RegisteredMetrics, registerMetrics } from './metrics.ts';
import type { GreenRouteOptions } from './options.ts';
import type { RequestPools } from './pools.ts';
import { choiceOf, type GreenChoice, type RouteSettings } from './route-settings.ts';
import type { AnyHandler } from './route-task.ts';
import type { PoolSource } from './status/index.ts';

/** What the decorators of one registration share. */
export interface Registration extends PoolSource {
  readonly requestPools: RequestPools;
  /** Whether anything green has been declared or run. */
  used: boolean;
  settingsFor(options: GreenRouteOptions, label: string): RouteSettings;
}

export const SCOPE: unique symbol = Symbol('greenroom.scope');
/** Inherited through the prototype chain of Fastify's scopes, as its decorators are. */
export type ScopedInstance = FastifyInstance & { [SCOPE]?: GreenChoice };

type SyncHandler = (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) => unknown;
/** Fastify types its synchronous hooks as returning nothing, so a marked one is typed as the asynchronous kind. */
type MarkedHook = onRequestAsyncHookHandler & preSerializationAsyncHookHandler<unknown>;

/** What the plugin puts on every Fastify instance as `fastify.green`. */
export class GreenDecorator {
  readonly #instance: ScopedInstance;
  readonly #registration: Registration;

  /** @internal */
  constructor(instance: FastifyInstance, registration: Registration) {
    this.#instance = instance;
    this.#registration = registration;
  }

  /**
   * The pool of this name, or the default one. Never suspends.
   *
   * @throws `GREEN_ERR_OPT_INVALID` when there is none of this name.
   */
  pool(name?: string): GreenPool {
    return this.#registration.requestPools.get(name).pool;
  }

  /** Runs `fn` in a pool, the default one unless `options.pool` says; see {@link GreenPool.submit}. Never suspends. */
  run<R>(fn: () => R, options?: SubmitOptions & { pool?: string }): Promise<Awaited<R>> {
    this.#registration.used = true;
    if (options === undefined) return this.pool().submit(fn);
    const { pool, ...limits } = options;
    return this.pool(pool).submit(fn, limits);
  }

  /** Runs `fn(...args)` in a context outside every pool; see {@link spawn}. Never suspends the caller. */
  spawn<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): GreenTask<R> {
    this.#registration.used = true;
    return spawn(fn, ...args);
  }

  /** Live counts of every pool, by name. */
  stats(): Record<string, GreenPoolStats> {
    return Object.fromEntries(Array.from(this.#registration.pools(), (pool) => [pool.name, pool.stats]));
  }

  /** What every context of this process is doing and where it is suspended; see {@link dumpContexts}. */
  dump(options?: DumpOptions): ContextDump {
    return dumpContexts(options);
  }

  /** Adds the counts and task times of all pools to a registry of prom-client 15; see {@link registerMetrics}. */
  registerMetrics(registry: MetricsRegistry, options?: MetricsOptions): Promise<RegisteredMetrics> {
    return registerMetrics(registry, this.#registration, options);
  }

  /** Whether a request to this pool, or the default one, would be refused now. For health checks. */
  isSaturated(pool?: string): boolean {
    return this.pool(pool).refuses;
  }

  /**
   * Makes every route that is declared from now on in this scope green, unless its handler is an async function or it has
   * an option `green` of its own; with `false`, those of an outer scope no longer are. Options are defaults of the routes.
   *
   * @throws `GREEN_ERR_OPT_INVALID` for bad options, or a pool that does not exist.
   */
  scope(options: GreenRouteOptions | boolean): void {
    const choice = choiceOf(options, 'green.scope() options');
    if (choice !== null) this.#registration.requestPools.get(choice.pool);
    this.#instance[SCOPE] = choice;
  }

  /**
   * Makes a sync-style hook for `addHook()`, or a hook of a route: it may wait, and the request goes on when it returns.
   * What it throws ends the request; what an onSend, preSerialization or preParsing hook returns is the new payload.
   *
   * @param hook - without the parameter `done`.
   * @throws `GREEN_ERR_OPT_INVALID` for a function with `done`, at once where that is certain, else when it is called.
   */
  hook(
    hook: (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply, payload: never) => unknown,
    options: GreenRouteOptions = {},
  ): MarkedHook {
    return markHook(this.#settingsFor, hook as never, options) as unknown as MarkedHook;
  }

  /** Makes a sync-style handler for `setErrorHandler()` or a route's `errorHandler`. A full pool leaves the error to the next one. */
  errorHandler<E = Error>(
    handler: (this: FastifyInstance, error: E, request: FastifyRequest, reply: FastifyReply) => unknown,
    options: GreenRouteOptions = {},
  ): (this: FastifyInstance, error: E, request: FastifyRequest, reply: FastifyReply) => unknown {
    return markErrorHandler(this.#settingsFor, handler as never, options) as never;
  }

  /** Makes a sync-style handler for `setNotFoundHandler()`, or wherever no route option `green` can stand. */
  handler(handler: SyncHandler, options: GreenRouteOptions = {}): SyncHandler {
    return markHandler(this.#settingsFor, handler as AnyHandler, options) as SyncHandler;
  }

  readonly #settingsFor = (options: GreenRouteOptions, label: string): RouteSettings => {
    this.#registration.used = true;
    return this.#registration.settingsFor(options, label);
  };
}
