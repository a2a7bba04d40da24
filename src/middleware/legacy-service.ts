// What one runInPool() gives all of its requests: limits, pool, and whom to tell of failures.

import type { IncomingMessage, ServerResponse } from 'node:http';

import { InvalidOptionError } from '../errors.ts';
import { assertFunction, assertKnownKeys, assertOneOf, GREEN_POOL_DEFAULTS, GreenPool } from '../pool/index.ts';
import { DEFAULT_POOL, type PoolLimits, resolvePoolLimits } from './options.ts';
import { RequestPool } from './pools.ts';
import type { RequestSettings } from './request-task.ts';
import { resolveWaitForBody, type WaitForBody } from './wait-for-body.ts';

/** What the target of runInPool() is. */
export type LegacyKind = 'listener' | 'error' | 'app' | 'fetch' | 'wsgi';

const KINDS: readonly LegacyKind[] = ['listener', 'error', 'app', 'fetch', 'wsgi'];

/** Without what only code that sends the reply's head by itself could keep. */
type LegacyLimits = Omit<PoolLimits, 'serverTiming' | 'writeTimeout'>;

export interface RunInPoolOptions extends LegacyLimits {
  /**
   * What the target is. Apps (Express, Connect, their routers) are recognised, and so is error middleware by its four
   * parameters; any other function is a `(req, res)` or `(req, res, next)` handler, `'listener'`, unless this says
   * `'error'`, `'fetch'` or `'wsgi'`.
   */
  kind?: LegacyKind;
  /** An existing pool, for example `fastify.green.pool()`, instead of one made from the limits. */
  pool?: GreenPool;
  /**
   * Reads the whole body before the request takes a worker; the handler finds it as a Buffer in `req.body`. `true` for
   * at most 1,048,576 bytes. Not for apps, whose body parsers hold no worker.
   */
  waitForBody?: boolean | WaitForBody;
  /** Told of failures that reach no error middleware, after the client has been answered. Default: print to stderr. */
  onError?: (error: unknown, request: IncomingMessage) => void;
}

export interface LegacyService {
  readonly settings: RequestSettings;
  readonly onError: (error: unknown, request: IncomingMessage) => void;
}

export interface ResolvedService extends LegacyService {
  readonly kind: LegacyKind;
  /** Bytes; null for bodies that the handler reads itself. */
  readonly bodyLimit: number | null;
}

const OPTION_DEFAULTS = { kind: null, pool: null, waitForBody: false, onError: printError };

/** Checks the options of runInPool(). */
export function resolveService(kind: LegacyKind, options: RunInPoolOptions): ResolvedService {
  if (typeof options !== 'object' || options === null) throw new InvalidOptionError('options', 'an object', options);
  const { kind: named = kind, pool: given, waitForBody = false, onError = printError, ...limits } = options;
  const { serverTiming: _, writeTimeout: __, ...known } = resolvePoolLimits({});
  assertKnownKeys(limits, { ...known, ...OPTION_DEFAULTS });
  assertOneOf('kind', named, KINDS);
  assertFunction('onError', onError);
  const bodyLimit = resolveWaitForBody(waitForBody);
  if (bodyLimit !== null && (named === 'app' || named === 'error')) {
    throw new InvalidOptionError('waitForBody', "left out with kind 'app' and 'error'", waitForBody);
  }
  return { kind: named, bodyLimit, onError, settings: settingsOf(poolFor(given, limits)) };
}

function poolFor(given: GreenPool | undefined, limits: LegacyLimits): RequestPool {
  const resolved = resolvePoolLimits(limits);
  if (given === undefined) return RequestPool.create(DEFAULT_POOL, resolved);
  if (!(given instanceof GreenPool)) throw new InvalidOptionError('pool', 'a GreenPool', given);
  const own = Object.keys(limits).find((key) => key in GREEN_POOL_DEFAULTS);
  if (own !== undefined) throw new InvalidOptionError(own, 'left to the pool that is given', own);
  return new RequestPool(given, resolved);
}

function settingsOf(pool: RequestPool): RequestSettings {
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

export type Next = (error?: unknown) => void;
export type Handler = (this: unknown, ...args: unknown[]) => unknown;
/** What serves a request once it is clear who hears its failures. */
export type Serve = (
  thisArg: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  /** Undefined where the listener is all of a server. */
  next: Next | undefined,
  fail: Next,
) => unknown;
