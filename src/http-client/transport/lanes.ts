// A lane is an undici Agent for one way to a server: directly, through a proxy's tunnel, or by asking a proxy. Those of
// the client's own options last as long as the client; those that single requests have asked for are bounded in number,
// and the longest unused is closed. WebSockets have lanes of their own.

import type { Agent, Dispatcher } from 'undici';

import { compose, newAgent, newMultiplexingPool } from '../undici.ts';
import { addAgentStats, type HttpClientStats } from './connection-stats.ts';
import { Dialer } from './dialer.ts';
import { fingerprint } from './fingerprint.ts';
import { forwardThrough } from './forward-proxy.ts';
import type { ProxyServer } from './proxy-server.ts';
import type { Route } from './route.ts';
import type { ResolvedTransportOptions } from './transport-options.ts';

export interface Lane {
  readonly dispatcher: Dispatcher;
  readonly agent: Agent;
}

/** Those whose handlers may refuse to start, by throwing: undici alone handles their requests. */
const plain = new WeakSet<Dispatcher>();

/** Whether a request that is no longer wanted can be refused when its turn comes, which leaves the connection whole. */
export function takesRefusals(dispatcher: Dispatcher): boolean {
  return plain.has(dispatcher);
}

/** Those whose requests wait for nothing before they are sent but for a connection of their own: how long at most. */
const connectLimits = new WeakMap<Dispatcher, number>();

/** Whether the dispatcher itself sees to it that a request is on a connection, or has failed, after `limitMs`. */
export function limitsConnecting(dispatcher: Dispatcher, limitMs: number): boolean {
  return connectLimits.get(dispatcher) === limitMs;
}

/** Of lanes that single requests have asked for. */
const MAX_OVERRIDES = 32;

export class Lanes {
  readonly dialer: Dialer;
  readonly #options: ResolvedTransportOptions;
  readonly #lasting = new Map<string, Lane>();
  readonly #upgrading = new Map<string, Lane>();
  /** In the order of their last use. */
  readonly #overrides = new Map<string, Lane>();
  readonly #closing = new Set<Agent>();
  #refusing = false;

  constructor(options: ResolvedTransportOptions) {
    this.#options = options;
    this.dialer = new Dialer(options.socket);
  }

  /** The client's own way to an origin. */
  lasting(origin: URL): Dispatcher {
    const { route } = this.#options;
    const key = keyOf(route, origin);
    let lane = this.#lasting.get(key);
    if (lane === undefined) {
      lane = this.#build(route, origin, this.#options.interceptors.cache());
      this.#lasting.set(key, lane);
    }
    return lane.dispatcher;
  }

  /**
   * The way of a WebSocket's handshake: the client's own, but never by asking a proxy, which would not switch protocols
   * (RFC 6455, section 4.1, wants a tunnel), and in HTTP/1.1. A cache has nothing for it.
   */
  upgrading(origin: URL): Dispatcher {
    const route = this.#options.route.with({ http2: false });
    const key = keyOf(route, origin);
    let lane = this.#upgrading.get(key);
    if (lane === undefined) {
      lane = this.#build(route, origin, null, false);
      this.#upgrading.set(key, lane);
    }
    return lane.dispatcher;
  }

  /** A request's own way. No cache: what one certificate or proxy is shown, another may not be. */
  override(route: Route, origin: URL): Dispatcher {
    const key = keyOf(route, origin);
    const lane = this.#overrides.get(key) ?? this.#build(route, origin, null);
    this.#overrides.delete(key);
    this.#overrides.set(key, lane);
    if (this.#overrides.size > MAX_OVERRIDES) this.#retireOldest();
    return lane.dispatcher;
  }

  addStats(stats: HttpClientStats): void {
    for (const lane of this.#all()) addAgentStats(stats, lane.agent);
  }

  /** Refuses further requests, and resolves when those on their way have ended. */
  async close(): Promise<void> {
    this.#refusing = true;
    await Promise.all([...this.#all()].map((lane) => quietly(lane.agent.close())));
  }

  async destroy(): Promise<void> {
    this.#refusing = true;
    const agents = [...[...this.#all()].map((lane) => lane.agent), ...this.#closing];
    const destroyed = Promise.all(agents.map((agent) => agent.destroy()));
    this.dialer.giveUp();
    await destroyed;
  }

  #build(
    route: Route,
    origin: URL,
    cache: Dispatcher.DispatcherComposeInterceptor | null,
    mayForward: boolean = true,
  ): Lane {
    const { agent: settings, interceptors } = this.#options;
    const proxy = proxyOf(route, origin);
    const forwards = mayForward && isForwarded(proxy, origin);
    const agent = newAgent({
      ...settings,
      connect: this.#connectorFor(route, proxy, forwards),
      pipelining: 1,
      headersTimeout: 0, // the client's own deadlines cover both, and exactly
      bodyTimeout: 0,
      ...(route.http2 ? { factory: newMultiplexingPool } : null),
    } as Agent.Options);
    if (this.#refusing) void agent.destroy();
    // undici's dns interceptor takes the brackets of an IPv6 address for part of a name.
    const dns = proxy === null && route.socketPath === null && !isAddress(origin) ? interceptors.dns() : null;
    const around = [proxy !== null && forwards ? forwardThrough(proxy) : null, dns, cache, ...interceptors.own];
    const dispatcher = compose(
      agent,
      around.filter((one) => one !== null),
    );
    if (cache === null && interceptors.own.length === 0) {
      plain.add(dispatcher);
      const mayQueue = settings.connections !== null || route.http2;
      if (!mayQueue && dns === null) connectLimits.set(dispatcher, this.#options.socket.connectTimeout);
    }
    return { agent, dispatcher };
  }

  #connectorFor(route: Route, proxy: ProxyServer | null, forwards: boolean): ReturnType<Dialer['direct']> {
    const { tls, http2, socketPath } = route;
    if (proxy === null) return this.dialer.direct(tls, http2, socketPath);
    const proxyTls = route.proxies.tls ?? tls.forProxy();
    return forwards ? this.dialer.toProxy(proxy, proxyTls) : this.dialer.throughProxy(proxy, proxyTls, tls, http2);
  }

  // Gracefully: a request may still be on its way.
  #retireOldest(): void {
    const [key, lane] = this.#overrides.entries().next().value as [string, Lane];
    this.#overrides.delete(key);
    this.#closing.add(lane.agent);
    void quietly(lane.agent.close()).then(() => this.#closing.delete(lane.agent));
  }

  *#all(): Generator<Lane> {
    yield* this.#lasting.values();
    yield* this.#upgrading.values();
    yield* this.#overrides.values();
  }
}

// One agent serves all origins that are reached, and composed, in the same way.
function keyOf(route: Route, origin: URL): string {
  const proxy = proxyOf(route, origin);
  const { tls, socketPath, http2 } = route;
  const way = proxy === null ? isAddress(origin) : isForwarded(proxy, origin);
  return fingerprint([proxy?.key ?? null, route.proxies.tls?.key ?? null, tls.key, socketPath, http2, way]);
}

function proxyOf(route: Route, origin: URL): ProxyServer | null {
  return route.socketPath === null ? route.proxies.proxyFor(origin) : null;
}

/** Whether the proxy is sent the request itself; otherwise it is asked for a tunnel. */
function isForwarded(proxy: ProxyServer | null, origin: URL): boolean {
  return proxy !== null && !proxy.isSocks && origin.protocol === 'http:';
}

function isAddress(origin: URL): boolean {
  return origin.hostname.startsWith('[') || /^[\d.]+$/.test(origin.hostname);
}

// An agent that destroy() came to before close() had ended, or that is closed already, says so.
function quietly(closing: Promise<void>): Promise<void> {
  return closing.catch(() => {});
}
