// The only file that loads undici, at the first request: importing greenroom/http-client stays cheap.
//
// It takes single modules of undici, never its main entry: that one would fill Symbol.for('undici.globalDispatcher.1'),
// and from then on the application's own fetch() would run on our undici (nodejs/undici#5520). What must be kept:
// test/http-client/undici.test.ts. undici 7 has no `exports` map, so the paths are reachable.

import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { Agent, buildConnector, Client, Dispatcher, interceptors, Pool } from 'undici';

/** Opens a connection for an undici Client. Unlike what undici's types say, its own returns the socket at once. */
export type Connector = (options: buildConnector.Options, callback: buildConnector.Callback) => Socket;

export type DnsInterceptorOptions = interceptors.DNSInterceptorOpts;
export type CacheInterceptorOptions = interceptors.CacheInterceptorOpts;

/** As much of undici's SOCKS5 state machine as is used; undici has no types for it. */
export interface Socks5Session extends EventEmitter {
  readonly onSocketData: (data: Buffer) => void;
  readonly onSocketError: (error: Error) => void;
  readonly onSocketClose: () => void;
  handshake(): void;
  connect(host: string, port: number): void;
}

interface Socks5Module {
  readonly Socks5Client: new (
    socket: Socket,
    credentials: { username?: string | undefined; password?: string | undefined },
  ) => Socks5Session;
}

const require = createRequire(import.meta.url);

/** Creates an undici Agent. Loads undici if nothing has yet. Never suspends. */
export function newAgent(options: Agent.Options): Agent {
  const AgentClass = require('undici/lib/dispatcher/agent.js') as typeof Agent;
  return new AgentClass(options);
}

/**
 * For `factory` of an Agent whose connector negotiates HTTP/2: as many requests on one connection as HTTP/2 allows, one
 * on one of HTTP/1.1. Any number in undici's `pipelining` would hold for both.
 */
export function newMultiplexingPool(origin: string | URL, options: object): Dispatcher {
  if ((options as { connections?: number | null }).connections === 1) return newMultiplexingClient(origin, options);
  const PoolClass = require('undici/lib/dispatcher/pool.js') as typeof Pool;
  return new PoolClass(origin, { ...options, factory: newMultiplexingClient });
}

function newMultiplexingClient(origin: string | URL, options: object): Client {
  const ClientClass = require('undici/lib/dispatcher/client.js') as typeof Client;
  const client = new ClientClass(origin, options);
  (client as { pipelining: number | null }).pipelining = null; // whatever the connection's protocol has for default
  return client;
}

/** undici's own way to open a socket, TLS included. */
export function newConnector(options: buildConnector.BuildOptions): Connector {
  const build = require('undici/lib/core/connect.js') as typeof buildConnector;
  return build(options) as unknown as Connector;
}

/**
 * undici takes a connection's reset for the end of a response without a length, because of macOS: a body that was cut off
 * looks whole. And if the reader holds the parser back it asserts, in an event handler, which ends the process. To be
 * called before undici has the socket.
 */
export function takeResetsForErrors(socket: Socket): void {
  const { kParser } = require('undici/lib/core/symbols.js') as { readonly kParser: symbol };
  socket.on('error', () => {
    const parser = Reflect.get(socket, kParser) as { paused: boolean; shouldKeepAlive: boolean } | null | undefined;
    // Of a response that leaves the connection open, no end of the connection is the end.
    if (parser != null && (parser.paused || process.platform !== 'darwin')) parser.shouldKeepAlive = true;
  });
}

export function newSocks5Session(socket: Socket, username: string, password: string): Socks5Session {
  const { Socks5Client } = require('undici/lib/core/socks5-client.js') as Socks5Module;
  return new Socks5Client(socket, username === '' ? {} : { username, password });
}

/** @throws undici's error for a bad option. */
export function dnsInterceptor(options: DnsInterceptorOptions): Dispatcher.DispatcherComposeInterceptor {
  return (require('undici/lib/interceptor/dns.js') as typeof interceptors.dns)(options);
}

/** @throws undici's error for a bad option. */
export function cacheInterceptor(options: CacheInterceptorOptions): Dispatcher.DispatcherComposeInterceptor {
  return (require('undici/lib/interceptor/cache.js') as typeof interceptors.cache)(options);
}

/** The dispatcher with the interceptors around it, the last one outermost, as undici's compose() has it. */
export function compose(
  dispatcher: Dispatcher,
  interceptors: readonly Dispatcher.DispatcherComposeInterceptor[],
): Dispatcher {
  if (interceptors.length === 0) return dispatcher;
  const DispatcherClass = require('undici/lib/dispatcher/dispatcher.js') as typeof Dispatcher;
  return DispatcherClass.prototype.compose.apply(dispatcher, [...interceptors]);
}
