// Options that say where and how requests are dispatched: their types, their defaults and their checks.

import type { Dispatcher } from 'undici';

import { InvalidOptionError } from '../../errors.ts';
import { assertKnownKeys } from '../../pool/index.ts';
import type { CacheInterceptorOptions, DnsInterceptorOptions } from '../undici.ts';
import { callerDispatcher, isDispatcher } from './caller-dispatcher.ts';
import { type AgentSettings, agentSettings, socketSettings } from './connection-settings.ts';
import type { SocketSettings } from './dialer.ts';
import { fixedDispatcher, injectDispatcher, isApp } from './fixed-dispatcher.ts';
import type { InjectableApp } from './injectable-app.ts';
import { type Interceptors, resolveInterceptors } from './interceptors.ts';
import { type Mount, mountAt } from './mounts.ts';
import type { ProxyOption } from './proxy-rules.ts';
import { Route, type RouteOverride } from './route.ts';
import type { TlsOptions } from './tls-settings.ts';
import { DEFAULT_CONNECT_TIMEOUT_MS, TRANSPORT_DEFAULTS } from './transport-defaults.ts';

export type { RouteOverride };
export { TRANSPORT_DEFAULTS };

/** Where requests under a prefix go: a dispatcher, an application, or connections with options over the client's. */
export type MountTarget = Dispatcher | InjectableApp | Omit<TransportOptions, 'mounts'>;

export interface TransportOptions {
  /**
   * Proxies: `'env'` as HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY say (lower case first, read at the first
   * request), false for none, the URL of one for all requests (`http:`, `https:`, `socks5:`, or `socks5h:`, which
   * looks names up itself; `user:password@` before its host), or one for each scheme. Default: `'env'`.
   */
  proxy?: ProxyOption;
  /** TLS to https: servers, and to https: proxies but for the client certificate. */
  tls?: TlsOptions;
  /** A unix socket or Windows pipe to connect to, whatever the URL's host. No proxy is used. */
  socketPath?: string;
  /** Whether HTTP/2 is offered to https: servers; its requests share connections. Default: false. */
  http2?: boolean;
  /** The local IP address to connect from. Default: the system's choice. */
  localAddress?: string;
  /** 4 or 6 for only IPv4 or IPv6 addresses; 0 for both. Default: 0. */
  family?: 0 | 4 | 6;
  /** Milliseconds before a host's next address is tried, 10 to 60,000. Default: 1000 (Node's own 250 is less than some round trips). */
  autoSelectFamilyAttemptTimeout?: number;
  /** How many connections may be open to an origin, 1 or more; null for no limit. Further requests wait. Default: null. */
  connections?: number | null;
  /** Milliseconds that an idle connection is kept, 1 to 600,000, unless the server says how long. Default: 4000. */
  keepAliveTimeout?: number;
  /** The largest size of a response's headers in bytes, 1 or more. Default: Node's, 16,384 unless --max-http-header-size says otherwise. */
  maxHeaderBytes?: number;
  /** True keeps looked up addresses for 10 s, or undici's options for its dns interceptor. Not through proxies. Default: false. */
  dns?: boolean | DnsInterceptorOptions;
  /** True caches in memory what HTTP allows a shared cache to, or undici's options for its cache interceptor. Default: false. */
  cache?: boolean | CacheInterceptorOptions;
  /** undici's interceptors, of version 7 or newer, around every request; the last one is the outermost. */
  interceptors?: readonly Dispatcher.DispatcherComposeInterceptor[];
  /** Sends every request in place of the client's own connections; close() leaves it open. undici 7 or newer. */
  dispatcher?: Dispatcher;
  /** Gets every request in this process, without a socket: a Fastify instance for instance. */
  app?: InjectableApp;
  /**
   * Other targets for URLs that begin with a prefix, such as `{'https://a.example/v1': app}`; `'https://'` is one for
   * all of the scheme. The longest wins. A request's own `proxy`, `tls`, `socketPath` and `http2` do not count there.
   */
  mounts?: Readonly<Record<string, MountTarget>>;
}

export interface ResolvedTransportOptions {
  /** In place of own connections. */
  readonly fixed: Dispatcher | null;
  readonly route: Route;
  readonly socket: SocketSettings;
  readonly agent: AgentSettings;
  readonly interceptors: Interceptors;
  readonly mounts: readonly Mount<Dispatcher | ResolvedTransportOptions>[];
  /** A function, so that no inspection shows the options: there may be secrets among them. */
  readonly resolveMount: (prefix: string, target: MountTarget) => Mount<Dispatcher | ResolvedTransportOptions>;
}

/**
 * Members that are no transport's are ignored: the client checks the names.
 *
 * @param connectTimeout - milliseconds until a connection must be there, handshakes included; 0 for no limit.
 * @throws `GREEN_ERR_OPT_INVALID`
 */
export function resolveTransportOptions(
  options: TransportOptions,
  connectTimeout: number = DEFAULT_CONNECT_TIMEOUT_MS,
): ResolvedTransportOptions {
  const resolveMount = (prefix: string, target: MountTarget): Mount<Dispatcher | ResolvedTransportOptions> =>
    mountAt(prefix, mountTarget(target, options, connectTimeout));
  return {
    fixed: fixedDispatcher(options),
    route: Route.of(options),
    socket: { ...socketSettings(options), connectTimeout },
    agent: agentSettings(options),
    interceptors: resolveInterceptors(options),
    mounts: mountsIn(options).map(([prefix, target]) => resolveMount(prefix, target)),
    resolveMount,
  };
}

function mountsIn({ mounts = {} }: TransportOptions): [string, MountTarget][] {
  if (typeof mounts !== 'object' || mounts === null) throw new InvalidOptionError('mounts', 'an object', mounts);
  return Object.entries(mounts);
}

function mountTarget(
  target: MountTarget,
  base: TransportOptions,
  connectTimeout: number,
): Dispatcher | ResolvedTransportOptions {
  if (isApp(target)) return injectDispatcher(target);
  if (isDispatcher(target)) return callerDispatcher('Each of mounts', target);
  const { mounts: _none, ...known } = TRANSPORT_DEFAULTS;
  assertKnownKeys(target, known, 'Each of mounts');
  // Options over the client's; a dispatcher, here or there, makes its own connections.
  const { mounts: _mounts, dispatcher: _dispatcher, app: _app, ...inherited } = base;
  if (target.dispatcher !== undefined || target.app !== undefined) {
    return resolveTransportOptions(target, connectTimeout);
  }
  if (target.proxy !== undefined) delete inherited.socketPath;
  if (target.socketPath !== undefined) delete inherited.proxy;
  const tls = typeof target.tls !== 'object' ? null : { tls: { ...inherited.tls, ...target.tls } };
  return resolveTransportOptions({ ...inherited, ...target, ...tls }, connectTimeout);
}
