// How a transport's connections are made: directly, to a proxy, or through one. Each way is a connector for an undici
// Agent.

import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';

import { type Connector, newConnector } from '../undici.ts';
import { Attempts, type ConnectAttempt, connectorOf } from './connect-attempt.ts';
import { openTunnel } from './connect-tunnel.ts';
import { ProxyFailure } from './proxy-failure.ts';
import { authorityOf, type ProxyServer } from './proxy-server.ts';
import { openSocksTunnel, socksHost } from './socks-tunnel.ts';
import type { TlsSettings } from './tls-settings.ts';

export interface SocketSettings {
  /** Milliseconds; 0 for no limit. */
  readonly connectTimeout: number;
  readonly family: 0 | 4 | 6;
  readonly autoSelectFamilyAttemptTimeout: number;
}

export class Dialer {
  readonly #settings: SocketSettings;
  readonly #attempts = new Attempts();

  constructor(settings: SocketSettings) {
    this.#settings = settings;
  }

  /** How many connections were begun. */
  get connectionsMade(): number {
    return this.#attempts.count;
  }

  /** Ends what is still connecting, which would keep the process alive until its deadline. */
  giveUp(): void {
    this.#attempts.giveUp();
  }

  direct(tls: TlsSettings, http2: boolean, socketPath: string | null): Connector {
    const connector = this.#connector(tls, http2, socketPath);
    return this.#made((target, attempt) => attempt.open(connector, named(target, tls)));
  }

  /** For requests that the proxy itself is asked for. */
  toProxy(proxy: ProxyServer, tls: TlsSettings): Connector {
    const connector = this.#connector(tls, false, null);
    return this.#made(({ localAddress }, attempt) => openProxy(connector, proxy, tls, localAddress, attempt));
  }

  throughProxy(proxy: ProxyServer, proxyTls: TlsSettings, tls: TlsSettings, http2: boolean): Connector {
    const proxyConnector = this.#connector(proxyTls, false, null);
    const connector = this.#connector(tls, http2, null);
    return this.#made(async (target, attempt) => {
      const tunnel = await this.#tunnel(proxyConnector, proxy, proxyTls, target, attempt);
      if (target.protocol !== 'https:') return tunnel;
      return await attempt.open(connector, { ...named(target, tls), httpSocket: tunnel });
    });
  }

  async #tunnel(
    connector: Connector,
    proxy: ProxyServer,
    proxyTls: TlsSettings,
    target: buildConnector.Options,
    attempt: ConnectAttempt,
  ): Promise<Socket> {
    const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80);
    // Before the connection is made: a name that does not exist is no fault of the proxy.
    const host = proxy.isSocks ? await socksHost(target.hostname, proxy, this.#settings.family) : target.hostname;
    const socket = await openProxy(connector, proxy, proxyTls, target.localAddress, attempt);
    if (proxy.isSocks) return await openSocksTunnel(socket, host, port, proxy);
    return await openTunnel(socket, authorityOf(host, port), proxy.authorization);
  }

  #connector(tls: TlsSettings, http2: boolean, socketPath: string | null): Connector {
    const { family, autoSelectFamilyAttemptTimeout } = this.#settings;
    return newConnector({
      ...tls.connectOptions(),
      family,
      autoSelectFamilyAttemptTimeout,
      allowH2: http2,
      socketPath: socketPath ?? undefined,
      timeout: 0, // the attempt has its own deadline
    } as buildConnector.BuildOptions);
  }

  #made(dial: Parameters<typeof connectorOf>[0]): Connector {
    return connectorOf(dial, this.#settings.connectTimeout, this.#attempts);
  }
}

function named(target: buildConnector.Options, { servername }: TlsSettings): buildConnector.Options {
  return servername === null ? target : { ...target, servername };
}

async function openProxy(
  connector: Connector,
  { hostname, port, protocol }: ProxyServer,
  { servername }: TlsSettings,
  localAddress: string | null | undefined,
  attempt: ConnectAttempt,
): Promise<Socket> {
  const endpoint = {
    hostname,
    host: hostname,
    port: String(port),
    protocol: protocol === 'https:' ? 'https:' : 'http:',
    localAddress: localAddress ?? null,
    ...(servername === null ? null : { servername }),
  };
  try {
    return await attempt.open(connector, endpoint);
  } catch (error) {
    throw ProxyFailure.of(error);
  }
}
