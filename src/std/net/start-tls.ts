// TLS on a connection that is open already.

import { isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect, createServer, type TLSSocket, type TlsOptions } from 'node:tls';

import { StreamClosedError } from '../../errors.ts';
import type { Waiter, WaitOptions } from '../../pool/index.ts';
import type { CallLimits } from '../call-limits.ts';

export type StartTlsOptions = WaitOptions &
  ((ConnectionOptions & { isServer?: false }) | (TlsOptions & { isServer: true }));

/** Suspends the context until the handshake is done; closes the connection if that fails. */
export function upgrade(
  raw: Socket,
  options: StartTlsOptions,
  host: string | undefined,
  limits: CallLimits,
  waiter: Waiter,
): TLSSocket {
  const { timeout: _, signal: __, isServer, ...settings } = options;
  const onSecure = (socket: TLSSocket): void => waiter.fulfil(socket);
  const onError = (error: Error): void => waiter.reject(error);
  const onClose = (): void => waiter.reject(raw.errored ?? new StreamClosedError('read'));
  let secured: TLSSocket | null = null;
  raw.allowHalfOpen = false; // who ends during the handshake has given up
  try {
    if (isServer === true) {
      // A server that listens nowhere: it checks the client's certificate as a listening one does.
      const server = createServer(settings as TlsOptions);
      server.once('secureConnection', onSecure).once('tlsClientError', onError);
      server.emit('connection', raw);
    } else {
      const named = clientSettings(settings as ConnectionOptions, host);
      const client = connect({ ...named, socket: raw });
      client.once('secureConnect', () => onSecure(client)).on('error', onError);
    }
    raw.on('close', onClose);
    secured = limits.wait(waiter, () => raw.off('close', onClose)) as TLSSocket;
    return secured;
  } finally {
    if (secured === null) raw.destroy();
  }
}

/** Whose certificate is asked for and checked: that of the host connected to, where nothing else is said. */
export function clientSettings(settings: ConnectionOptions, host: string | undefined): ConnectionOptions {
  const name = settings.host ?? host;
  if (name === undefined) return settings;
  const named = { ...settings, host: name };
  if (settings.servername === undefined && isIP(name) === 0) named.servername = name;
  return named;
}
