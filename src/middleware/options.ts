// Options of the plugin, of its pools and of routes, and of runInPool(): defaults in one frozen place, checked where they
// come in.

import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';

import { InvalidOptionError } from '../errors.ts';
import {
  assertBoolean,
  assertFunction,
  assertInteger,
  assertKnownKeys,
  GREEN_POOL_DEFAULTS,
  type GreenPoolOptions,
  type GreenPoolStats,
  MAX_TIMEOUT_MS,
  withDefaults,
} from '../pool/index.ts';
import type { StatusOptions } from './status/index.ts';

/** `'auto'`: from the length of the queue and how long tasks have lately taken. Else seconds, 1 to 86,400. */
export type RetryAfter = 'auto' | number | ((stats: GreenPoolStats) => number);

/** What may be said for the whole plugin, for one pool, and for one route or scope; the nearest counts. */
export interface RequestLimits {
  /** Milliseconds from when the request is submitted to its answer: 1 to 2,147,483,647, or 0 or false for no limit. */
  timeout?: number | false;
  /** What is answered when `timeout` has passed: 503 or 504. */
  timeoutStatus?: 503 | 504;
  /** Milliseconds that a request may wait for a worker: 0 (for ever) to 2,147,483,647. */
  queueTimeout?: number;
  /** Whether a client that goes away cancels its request, queued or running. */
  cancelOnDisconnect?: boolean;
  /** Milliseconds that one write may wait for a client that does not read: 1 to 2,147,483,647. */
  writeTimeout?: number;
  /** Whether replies tell in a `Server-Timing` header how long the handler queued, ran and waited. */
  serverTiming?: boolean;
}

/** Limits of one pool and of the requests in it. */
export interface PoolLimits extends RequestLimits, Omit<GreenPoolOptions, 'name'> {
  /** The `Retry-After` of what is refused because the pool is full, or not started in time. */
  retryAfter?: RetryAfter;
}

/**
 * Told of a request that a full pool refuses. What it returns, or sends itself, is the answer; when it does neither the
 * request fails with `GREEN_ERR_POOL_FULL`. Runs outside contexts.
 */
export type OnSaturated = (request: FastifyRequest, reply: FastifyReply, stats: GreenPoolStats) => unknown;

export interface GreenRouteOptions extends RequestLimits {
  /** Which of the pools runs it. */
  pool?: string;
  /** Among the queued, higher ones start first: an integer, 0 unless given. */
  priority?: number;
  onSaturated?: OnSaturated;
}

export interface GreenroomOptions extends PoolLimits {
  /** More pools beside the default one, by name: what fills one leaves the others free. Unset limits are the plugin's. */
  pools?: Readonly<Record<string, PoolLimits>>;
  /** Which routes without a `green` option are green, unless their handler is an async function. */
  all?: boolean | ((route: RouteOptions) => boolean);
  /** Milliseconds that requests have to finish after close() before they are cancelled: 0 to 2,147,483,647. */
  drainTimeout?: number;
  /** Whether it is an error when the plugin finds only routes that were declared before it, and no green one. */
  strictRoutes?: boolean;
  onSaturated?: OnSaturated;
  /** Serves a status page, behind a guard; see docs/status-page.md. Default: none. */
  status?: StatusOptions;
}

export type ResolvedPoolLimits = Required<PoolLimits>;

const POOL_DEFAULTS: Readonly<ResolvedPoolLimits> = Object.freeze({
  ...without(GREEN_POOL_DEFAULTS, ['name']),
  queueTimeout: 5000,
  nested: 'exempt',
  timeout: 0,
  timeoutStatus: 503,
  cancelOnDisconnect: true,
  writeTimeout: 30_000,
  serverTiming: false,
  retryAfter: 'auto',
});

export const GREENROOM_DEFAULTS: Readonly<ResolvedPoolLimits & PluginSettings> = Object.freeze({
  ...POOL_DEFAULTS,
  pools: Object.freeze({}),
  all: false,
  drainTimeout: 10_000,
  strictRoutes: true,
  onSaturated: undefined,
  status: undefined,
});

export interface PluginSettings {
  pools: Readonly<Record<string, PoolLimits>>;
  all: boolean | ((route: RouteOptions) => boolean);
  drainTimeout: number;
  strictRoutes: boolean;
  onSaturated: OnSaturated | undefined;
  status: StatusOptions | undefined;
}

const PLUGIN_KEYS = ['pools', 'all', 'drainTimeout', 'strictRoutes', 'onSaturated', 'status'] as const;
const ROUTE_KEYS: Required<{ [K in keyof GreenRouteOptions]: true }> = {
  timeout: true,
  timeoutStatus: true,
  queueTimeout: true,
  cancelOnDisconnect: true,
  writeTimeout: true,
  serverTiming: true,
  pool: true,
  priority: true,
  onSaturated: true,
};
const MAX_RETRY_AFTER_SECONDS = 86_400;

/** The name of the pool of routes that name none. */
export const DEFAULT_POOL = 'default';

/** The plugin's settings, and the limits of every pool by name. Those of the pool proper are checked by GreenPool. */
export function resolveOptions(options: GreenroomOptions): {
  settings: PluginSettings;
  pools: Map<string, ResolvedPoolLimits>;
} {
  assertKnownKeys(options, GREENROOM_DEFAULTS);
  const all = withDefaults(options, GREENROOM_DEFAULTS as Required<GreenroomOptions>);
  const settings = pick(all, PLUGIN_KEYS) as PluginSettings;
  assertPlugin(settings);
  const limits = without(all, PLUGIN_KEYS) as ResolvedPoolLimits;
  const pools = new Map([[DEFAULT_POOL, resolvePool(limits, limits)]]);
  for (const [name, own] of Object.entries(settings.pools)) {
    if (name === DEFAULT_POOL) throw new InvalidOptionError('pools', 'of other names than default', name);
    assertKnownKeys(own, POOL_DEFAULTS, `pools.${name}`);
    pools.set(name, resolvePool(own, limits));
  }
  return { settings, pools };
}

/** Checks limits of one pool that stand on their own, as those of runInPool() do. */
export function resolvePoolLimits(options: PoolLimits): ResolvedPoolLimits {
  assertKnownKeys(options, POOL_DEFAULTS);
  return resolvePool(options, POOL_DEFAULTS);
}

function resolvePool(own: PoolLimits, base: Readonly<ResolvedPoolLimits>): ResolvedPoolLimits {
  const limits = withDefaults<ResolvedPoolLimits>(own as ResolvedPoolLimits, base);
  assertLimits(limits);
  if (typeof limits.retryAfter === 'number') {
    assertInteger('retryAfter (seconds)', limits.retryAfter, 1, MAX_RETRY_AFTER_SECONDS);
  } else if (limits.retryAfter !== 'auto')
    assertFunction("retryAfter, unless it is a number or 'auto',", limits.retryAfter);
  return limits;
}

/** Checks the route option `green`, or the argument of scope(), that is an object. */
export function assertRouteOptions(options: GreenRouteOptions, what: string): void {
  assertKnownKeys(options, ROUTE_KEYS, what);
  assertLimits(options);
  const { priority, onSaturated } = options;
  if (priority !== undefined) assertInteger('priority', priority, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  if (onSaturated !== undefined) assertFunction('onSaturated', onSaturated);
}

function assertLimits(limits: RequestLimits): void {
  const { timeout, timeoutStatus, queueTimeout, cancelOnDisconnect, writeTimeout, serverTiming } = limits;
  if (timeout !== undefined && timeout !== false) assertInteger('timeout', timeout, 0, MAX_TIMEOUT_MS);
  if (timeoutStatus !== undefined && timeoutStatus !== 503 && timeoutStatus !== 504) {
    throw new InvalidOptionError('timeoutStatus', '503 or 504', timeoutStatus);
  }
  if (queueTimeout !== undefined) assertInteger('queueTimeout', queueTimeout, 0, MAX_TIMEOUT_MS);
  if (cancelOnDisconnect !== undefined) assertBoolean('cancelOnDisconnect', cancelOnDisconnect);
  if (writeTimeout !== undefined) assertInteger('writeTimeout', writeTimeout, 1, MAX_TIMEOUT_MS);
  if (serverTiming !== undefined) assertBoolean('serverTiming', serverTiming);
}

function assertPlugin({ pools, all, drainTimeout, strictRoutes, onSaturated }: PluginSettings): void {
  if (typeof pools !== 'object' || pools === null) throw new InvalidOptionError('pools', 'an object', pools);
  if (typeof all !== 'function') assertBoolean('all, unless it is a function,', all);
  assertInteger('drainTimeout', drainTimeout, 0, MAX_TIMEOUT_MS);
  assertBoolean('strictRoutes', strictRoutes);
  if (onSaturated !== undefined) assertFunction('onSaturated', onSaturated);
}

function pick<T extends object, K extends keyof T>(object: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, object[key]])) as Pick<T, K>;
}

function without<T extends object, K extends keyof T>(object: T, keys: readonly K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>;
}
