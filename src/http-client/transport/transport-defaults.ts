// The options' defaults, which are also the list of their names.

import type { TransportOptions } from './transport-options.ts';

/** Every option by name; undefined is none. */
export const TRANSPORT_DEFAULTS: Readonly<
  Required<{ [K in keyof TransportOptions]: TransportOptions[K] | undefined }>
> = Object.freeze({
  proxy: 'env',
  tls: undefined,
  socketPath: undefined,
  http2: false,
  localAddress: undefined,
  family: 0,
  autoSelectFamilyAttemptTimeout: 1000,
  connections: null,
  keepAliveTimeout: 4000,
  maxHeaderBytes: undefined,
  dns: false,
  cache: false,
  interceptors: undefined,
  dispatcher: undefined,
  app: undefined,
  mounts: undefined,
});

export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
