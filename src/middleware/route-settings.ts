// How a route is run: what the route says, else its scope, else its pool.

import type { RouteOptions } from 'fastify';

import { InvalidOptionError } from '../errors.ts';
import { assertRouteOptions, type GreenRouteOptions, type OnSaturated } from './options.ts';
import type { RequestPools } from './pools.ts';
import type { RequestSettings } from './request-task.ts';

export interface RouteSettings extends RequestSettings {
  readonly onSaturated: OnSaturated | undefined;
  /** Whether Fastify has a `handlerTimeout` of its own for the route, which does not stop the handler. */
  readonly watchesFastify: boolean;
}

export function routeSettings(
  pools: RequestPools,
  options: GreenRouteOptions,
  label: string | null,
  onSaturated: OnSaturated | undefined,
  watchesFastify = false,
): RouteSettings {
  const pool = pools.get(options.pool);
  const limits = { ...pool.limits, ...options };
  return {
    pool,
    label,
    priority: options.priority ?? 0,
    queueTimeoutMs: options.queueTimeout ?? null,
    timeoutMs: limits.timeout === false ? 0 : limits.timeout,
    timeoutStatus: limits.timeoutStatus,
    cancelOnDisconnect: limits.cancelOnDisconnect,
    writeTimeoutMs: limits.writeTimeout,
    serverTiming: limits.serverTiming,
    onSaturated: options.onSaturated ?? onSaturated,
    watchesFastify,
  };
}

/** What a route, a scope or the plugin says about being green; null for not. */
export type GreenChoice = GreenRouteOptions | null;

/** Checks the route option `green` or the argument of scope(). */
export function choiceOf(green: unknown, what: string): GreenChoice {
  if (green === false) return null;
  if (green === true) return {};
  if (typeof green !== 'object' || green === null)
    throw new InvalidOptionError(what, 'true, false or an object', green);
  assertRouteOptions(green, what);
  return green;
}

export function labelOf({ method, url }: Pick<RouteOptions, 'method' | 'url'>): string {
  return `${Array.isArray(method) ? method.join('|') : method} ${url}`;
}

/** Whether what `handler` returns is always a promise: to run it in a context is then of no use. */
export function isAsyncFunction(handler: unknown): boolean {
  return Object.prototype.toString.call(handler) === '[object AsyncFunction]';
}
