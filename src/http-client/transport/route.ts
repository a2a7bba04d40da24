// How a request gets to its server: what a client's options say, and what a single request says over them.

import { InvalidOptionError } from '../../errors.ts';
import { assertBoolean, assertKnownKeys } from '../../pool/index.ts';
import { DIRECT, type ProxyOption, type ProxyRules, resolveProxy } from './proxy-rules.ts';
import { type TlsOptions, TlsSettings } from './tls-settings.ts';

/** What a request may say over its client. The connections are kept, for requests that say the same. */
export interface RouteOverride {
  /** In place of the client's: `'env'`, false for none, a URL, or one for each scheme. */
  proxy?: ProxyOption;
  /** Its members in place of those of the client's `tls`. */
  tls?: TlsOptions;
  /** A unix socket or Windows pipe to connect to, whatever the URL's host. No proxy is used. */
  socketPath?: string;
  /** Whether HTTP/2 is offered to https: servers. */
  http2?: boolean;
}

const KNOWN: Readonly<Record<keyof RouteOverride, true>> = { proxy: true, tls: true, socketPath: true, http2: true };

export class Route {
  readonly proxies: ProxyRules;
  readonly tls: TlsSettings;
  readonly socketPath: string | null;
  readonly http2: boolean;

  private constructor(proxies: ProxyRules, tls: TlsSettings, socketPath: string | null, http2: boolean) {
    this.proxies = proxies;
    this.tls = tls;
    this.socketPath = socketPath;
    this.http2 = http2;
  }

  /** @throws `GREEN_ERR_OPT_INVALID` */
  static of({ proxy, tls = {}, socketPath, http2 = false }: RouteOverride): Route {
    assertBoolean('http2', http2);
    const proxies = proxiesOf(proxy, socketPath) ?? resolveProxy('env');
    const settings = new TlsSettings(tls);
    settings.connectOptions(); // to throw now, not at a request
    return new Route(proxies, settings, socketPath ?? null, http2);
  }

  /** This route with some of it replaced. @throws `GREEN_ERR_OPT_INVALID` */
  with(override: RouteOverride): Route {
    assertKnownKeys(override, KNOWN, 'route');
    const { proxy, tls, socketPath, http2 = this.http2 } = override;
    assertBoolean('http2', http2);
    const proxies = proxiesOf(proxy, socketPath) ?? this.proxies;
    const ownSocket = proxy === undefined ? this.socketPath : null; // a proxy asked for is used
    return new Route(proxies, tls === undefined ? this.tls : this.tls.with(tls), socketPath ?? ownSocket, http2);
  }
}

function proxiesOf(proxy: ProxyOption | undefined, socketPath: string | undefined): ProxyRules | null {
  if (socketPath === undefined) return proxy === undefined ? null : resolveProxy(proxy);
  if (typeof socketPath !== 'string' || socketPath === '') {
    throw new InvalidOptionError('socketPath', 'the path of a socket', socketPath);
  }
  if (proxy !== undefined && proxy !== false) {
    throw new InvalidOptionError('socketPath', 'given without proxy: a connection goes to one of them');
  }
  return DIRECT;
}
