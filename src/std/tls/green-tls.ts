// Sockets and servers that speak TLS from the start: as those of greenroom/std/net, which have the methods.

import type { ListenOptions } from 'node:net';
import { type ConnectionOptions, connect, createServer, type TlsOptions } from 'node:tls';

import { assertBoolean, assertObject, type WaitOptions } from '../../pool/index.ts';
import type { GreenConnectOptions } from '../net/connect.ts';
import type { GreenServer } from '../net/green-server.ts';
import type { GreenSocket } from '../net/green-socket.ts';
import { type AcceptOptions, listenOver, type Transport } from '../net/listen.ts';
import { openSocket } from '../net/open-socket.ts';
import { type GreenHandler, GreenService, type ServeOptions } from '../net/serve.ts';
import { clientSettings } from '../net/start-tls.ts';

const TLS: Transport = { create: (options) => createServer(options as TlsOptions), ready: 'secureConnection' };

/**
 * Connects and shakes hands. **Suspends the context** until that is done; given up, it closes the connection.
 *
 * @param options - as `tls.connect()` takes them, except that `timeout` and `signal` limit the connecting, as in `wait()`;
 *   `servername` is the host, if it is a name, unless given. The socket is closed when the task ends, unless `detached`.
 * @throws what connecting or the handshake fails with (`ECONNREFUSED`, `DEPTH_ZERO_SELF_SIGNED_CERT`, …), and Node's own
 *   errors for bad options.
 * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`,
 *   `GREEN_ERR_OPT_INVALID` as `wait()`.
 * @example
 * ```ts
 * import { run } from 'greenroom';
 * import { greenConnect } from 'greenroom/std/tls';
 *
 * await run(() => {
 *   using socket = greenConnect({ host: 'example.com', port: 443 });
 *   socket.write('HEAD / HTTP/1.1\r\nhost: example.com\r\nconnection: close\r\n\r\n');
 *   return socket.readLine();
 * });
 * ```
 */
export function greenConnect(options: ConnectionOptions & GreenConnectOptions): GreenSocket {
  assertObject(options, 'greenConnect() options');
  const { timeout, signal, detached = false, ...target } = options as ConnectionOptions & GreenConnectOptions;
  assertBoolean('detached', detached);
  const host = target.path === undefined ? (target.host ?? 'localhost') : target.host;
  const open = () => connect(clientSettings(target, host));
  const socket = openSocket('greenConnect()', open, 'secureConnect', { timeout, signal }, host);
  return detached ? socket.detach() : socket;
}

/**
 * As `greenListen()` of greenroom/std/net; `accept()` gives connections whose handshake is done. One that fails is
 * closed; the server's `'tlsClientError'` tells why. **Suspends the context** until it listens.
 *
 * @param options - as `tls.createServer()` and `server.listen()` take them, and as there.
 * @throws as there.
 */
export function greenListen(options: TlsOptions & ListenOptions & AcceptOptions & WaitOptions): GreenServer {
  return listenOver(TLS, options);
}

/**
 * As `greenServe()` of greenroom/std/net, for connections whose handshake is done. Never suspends.
 *
 * @param options - as `tls.createServer()` and `server.listen()` take them, and as there.
 * @throws as there.
 */
export function greenServe(handler: GreenHandler, options: TlsOptions & ListenOptions & ServeOptions): GreenService {
  return new GreenService(TLS, handler, options);
}
