// What went wrong below HTTP, told from the error that undici or Node reports: they have codes, but no families.

import type { HttpPhase } from '../http-errors.ts';
import { ProxyFailure } from './proxy-failure.ts';

export type TransportError =
  /** `status`: what the proxy answered with; null if it could not be reached, or is no HTTP proxy. */
  | { readonly kind: 'proxy'; readonly status: number | null }
  | { readonly kind: 'tls' }
  | { readonly kind: 'connect-timeout' };

// The names of OpenSSL's X509_V_ERR_… as Node reports them, in families; Node's own codes; OpenSSL's alerts, which a
// server of TLS 1.3 may send after the handshake, when it misses the client's certificate.
const TLS_CODE =
  /^(?:ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERROR_IN_C|INVALID_(?:CA|PURPOSE)$|PATH_LENGTH_|HOSTNAME_MISMATCH$|(?:EE_KEY|CA_KEY)_TOO_SMALL$|CA_MD_TOO_WEAK$)/;

// Outside the connect phase these may mean something else.
const TLS_CODE_WHILE_CONNECTING: ReadonlySet<string> = new Set(['EPROTO', 'UNSPECIFIED']);

// Of undici's own ProxyAgent, which a caller may bring along as `dispatcher`.
const PROXY_CODE = /^UND_ERR_(?:PRX|SOCKS5)/;
const PROXY_MESSAGE = /^Proxy (?:response|Authentication Required) \((\d{3})\)/;

/** Null for anything that has nothing to do with proxies, TLS or connect timeouts. Never suspends. */
export function transportErrorOf(cause: unknown, phase: HttpPhase): TransportError | null {
  if (cause instanceof ProxyFailure) return { kind: 'proxy', status: cause.status };
  if (!(cause instanceof Error)) return null;
  const { code } = cause as { code?: unknown };
  if (typeof code !== 'string') return null;
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return { kind: 'connect-timeout' };
  if (PROXY_CODE.test(code)) return { kind: 'proxy', status: null };
  if (TLS_CODE.test(code)) return { kind: 'tls' };
  if (phase === 'connect' && TLS_CODE_WHILE_CONNECTING.has(code)) return { kind: 'tls' };
  const answer =
    code === 'UND_ERR_ABORTED' || code === 'UND_ERR_INVALID_ARG' ? PROXY_MESSAGE.exec(cause.message) : null;
  return answer === null ? null : { kind: 'proxy', status: Number(answer[1]) };
}
