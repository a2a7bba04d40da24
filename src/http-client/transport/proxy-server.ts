// One proxy: where it is, how it is spoken to, and the credentials, which no inspection shows.

import { InvalidRequestError } from '../http-errors.ts';
import { fingerprint } from './fingerprint.ts';

export type ProxyProtocol = 'http:' | 'https:' | 'socks5:' | 'socks5h:';

const DEFAULT_PORTS: Readonly<Record<ProxyProtocol, number>> = {
  'http:': 80,
  'https:': 443,
  'socks5:': 1080,
  'socks5h:': 1080,
};

const EXPECTED = 'an http:, https:, socks5: or socks5h: URL of a proxy, without path';

export class ProxyServer {
  readonly protocol: ProxyProtocol;
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  readonly #username: string;
  readonly #password: string;

  private constructor(protocol: ProxyProtocol, hostname: string, port: number, username: string, password: string) {
    this.protocol = protocol;
    this.hostname = hostname;
    this.port = port;
    this.#username = username;
    this.#password = password;
  }

  /**
   * A host without scheme is an http: proxy, as for curl.
   *
   * @throws `GREEN_ERR_OPT_INVALID`; its message shows nothing of the URL.
   */
  static parse(option: string, value: unknown): ProxyServer {
    const text = value instanceof URL ? value.href : value;
    if (typeof text !== 'string') throw new InvalidRequestError(option, EXPECTED);
    const full = text.includes('://') ? text : `http://${text}`;
    if (!URL.canParse(full)) throw new InvalidRequestError(option, EXPECTED);
    const url = new URL(full);
    const port = DEFAULT_PORTS[url.protocol as ProxyProtocol] as number | undefined;
    if (port === undefined || url.hostname === '' || url.search !== '' || url.hash !== '' || url.pathname.length > 1) {
      throw new InvalidRequestError(option, EXPECTED);
    }
    return new ProxyServer(
      url.protocol as ProxyProtocol,
      url.hostname.replace(/^\[|\]$/g, ''),
      url.port === '' ? port : Number(url.port),
      decode(option, url.username),
      decode(option, url.password),
    );
  }

  get isSocks(): boolean {
    return this.protocol === 'socks5:' || this.protocol === 'socks5h:';
  }

  /** What undici connects to; of an http: or https: proxy only. */
  get origin(): string {
    return `${this.protocol}//${authorityOf(this.hostname, this.port)}`;
  }

  /** Value of the proxy-authorization header; null without credentials. */
  get authorization(): string | null {
    if (this.#username === '' && this.#password === '') return null;
    return `Basic ${Buffer.from(`${this.#username}:${this.#password}`).toString('base64')}`;
  }

  get credentials(): { readonly username: string; readonly password: string } {
    return { username: this.#username, password: this.#password };
  }

  /** Equal for the same proxy with the same credentials, and tells nothing about them. */
  get key(): string {
    return fingerprint([this.protocol, this.hostname, this.port, this.#username, this.#password]);
  }
}

export function authorityOf(hostname: string, port: number): string {
  return hostname.includes(':') ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

function decode(option: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidRequestError(option, `${EXPECTED}; its user name and password percent-encoded`);
  }
}
