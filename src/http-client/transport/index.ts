// Public face of transport/: what the rest of the HTTP client uses of it.

export type { HttpClientStats, HttpConnectionStats } from './connection-stats.ts';
export type { InjectableApp, InjectOptions } from './injectable-app.ts';
export type { ProxyByScheme, ProxyOption } from './proxy-rules.ts';
export type { TlsOptions } from './tls-settings.ts';
export { Transport } from './transport.ts';
export { type TransportError, transportErrorOf } from './transport-error.ts';
export {
  DEFAULT_CONNECT_TIMEOUT_MS,
  type MountTarget,
  type ResolvedTransportOptions,
  type RouteOverride,
  resolveTransportOptions,
  TRANSPORT_DEFAULTS,
  type TransportOptions,
} from './transport-options.ts';
