// Which proxy a request takes: none, the one of the options, or the one that the environment names.

import { InvalidOptionError } from '../../errors.ts';
import { assertKnownKeys } from '../../pool/index.ts';
import { NoProxy } from './no-proxy.ts';
import { ProxyServer } from './proxy-server.ts';
import { type TlsOptions, TlsSettings } from './tls-settings.ts';

/** Proxies for each scheme; without one its requests go directly. Nothing is read from the environment. */
export interface ProxyByScheme {
  /** For http: URLs. */
  http?: string | URL;
  /** For https: URLs. */
  https?: string | URL;
  /** Hosts to be reached directly, in NO_PROXY's notation. */
  no?: string;
  /** For the connection to an https: proxy. Default: the client's `tls` without its client certificate. */
  tls?: TlsOptions;
}

export type ProxyOption = 'env' | false | string | URL | ProxyByScheme;

const KNOWN: Readonly<Record<keyof ProxyByScheme, true>> = { http: true, https: true, no: true, tls: true };

export interface ProxyRules {
  /** How the proxy's own certificate is checked; null for as the client's `tls` has it. */
  readonly tls: TlsSettings | null;
  proxyFor(origin: URL): ProxyServer | null;
}

export const DIRECT: ProxyRules = Object.freeze({ tls: null, proxyFor: () => null });

/** @throws `GREEN_ERR_OPT_INVALID`; its message shows nothing of a URL. */
export function resolveProxy(option: ProxyOption, where = 'proxy'): ProxyRules {
  if (option === 'env') return new EnvironmentProxies();
  if (option === false) return DIRECT;
  if (typeof option === 'string' || option instanceof URL) {
    const server = ProxyServer.parse(where, option);
    return { tls: null, proxyFor: () => server };
  }
  if (typeof option !== 'object' || option === null) {
    throw new InvalidOptionError(where, "'env', false, a URL, or an object of http, https, no and tls", option);
  }
  assertKnownKeys(option, KNOWN, where);
  const { http, https, no = '', tls } = option;
  if (typeof no !== 'string') throw new InvalidOptionError(`${where}.no`, 'a string', no);
  const direct = new NoProxy(no);
  if (direct.invalid.length > 0) {
    throw new InvalidOptionError(`${where}.no`, 'a list of hosts, addresses and CIDR ranges', direct.invalid[0]);
  }
  return fixed(
    http === undefined ? null : ProxyServer.parse(`${where}.http`, http),
    https === undefined ? null : ProxyServer.parse(`${where}.https`, https),
    direct,
    tls === undefined ? null : new TlsSettings(tls, `${where}.tls`),
  );
}

function fixed(
  http: ProxyServer | null,
  https: ProxyServer | null,
  direct: NoProxy,
  tls: TlsSettings | null = null,
): ProxyRules {
  return {
    tls,
    proxyFor: (origin) => {
      const server = origin.protocol === 'https:' ? https : http;
      return server === null || direct.covers(origin) ? null : server;
    },
  };
}

// Read once, at the first request: a default client is made before a program has read its .env file.
class EnvironmentProxies implements ProxyRules {
  readonly tls = null;
  #rules: ProxyRules | null = null;

  proxyFor(origin: URL): ProxyServer | null {
    this.#rules ??= readEnvironment(process.env);
    return this.#rules.proxyFor(origin);
  }
}

// As curl: lower case first, an empty variable is none. HTTP_PROXY in capitals is what a CGI server makes of a client's
// `Proxy:` header (httpoxy, CVE-2016-5385), and means nothing there.
function readEnvironment(env: NodeJS.ProcessEnv): ProxyRules {
  const read = (...names: string[]): ProxyServer | null => {
    const name = names.find((one) => env[one] !== undefined && env[one] !== '');
    return name === undefined ? null : ProxyServer.parse(`The environment variable ${name}`, env[name]);
  };
  const all = ['all_proxy', 'ALL_PROXY'];
  const http = env['REQUEST_METHOD'] === undefined ? ['http_proxy', 'HTTP_PROXY'] : ['http_proxy'];
  const none = env['no_proxy'] || env['NO_PROXY'] || '';
  return fixed(read(...http, ...all), read('https_proxy', 'HTTPS_PROXY', ...all), new NoProxy(none));
}
