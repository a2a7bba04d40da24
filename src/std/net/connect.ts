// greenConnect(): a connection in sync style.

import { connect, type NetConnectOpts } from 'node:net';

import { assertBoolean, assertObject, type WaitOptions } from '../../pool/index.ts';
import type { GreenSocket } from './green-socket.ts';
import { openSocket } from './open-socket.ts';

export interface GreenConnectOptions extends WaitOptions {
  /** The socket is not closed with the task that opens it. Default false. */
  detached?: boolean;
}

/**
 * Connects to a TCP port or a Unix socket. **Suspends the context** until that is done; given up, it closes the connection.
 *
 * @param options - as `net.connect()` takes them, except that `timeout` and `signal` limit the connecting, as in `wait()`.
 *   The socket is closed when the task ends, unless `detached`; see {@link GreenSocket}.
 * @throws what the socket fails with (`ECONNREFUSED`, `ENOTFOUND`, …), and Node's own errors for bad options.
 * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`,
 *   `GREEN_ERR_OPT_INVALID` as `wait()`.
 * @example
 * ```ts
 * import { run } from 'greenroom';
 * import { greenConnect } from 'greenroom/std/net';
 *
 * await run(() => {
 *   using socket = greenConnect({ port: 6379, timeout: 1000 });
 *   socket.write('PING\r\n');
 *   return socket.readLine({ timeout: 1000 }); // '+PONG'
 * });
 * ```
 */
export function greenConnect(options: NetConnectOpts & GreenConnectOptions): GreenSocket {
  assertObject(options, 'greenConnect() options');
  const { timeout, signal, detached = false, ...target } = options as NetConnectOpts & GreenConnectOptions;
  assertBoolean('detached', detached);
  const open = () => connect(target as NetConnectOpts);
  const host = 'path' in target ? undefined : ((target as { host?: string }).host ?? 'localhost');
  const socket = openSocket('greenConnect()', open, 'connect', { timeout, signal }, host);
  return detached ? socket.detach() : socket;
}
