// greenBind(): a UDP socket that is bound.

import { createSocket, type SocketOptions } from 'node:dgram';

import { assertBoolean, assertInteger, assertObject, type WaitOptions } from '../../pool/index.ts';
import { CallLimits } from '../call-limits.ts';
import { GreenDatagramSocket } from './green-datagram-socket.ts';

export interface GreenBindOptions extends Omit<SocketOptions, 'signal'>, WaitOptions {
  /** Default: any that is free. */
  port?: number;
  /** Default: all of the machine's. */
  address?: string;
  exclusive?: boolean;
  /** How many datagrams may wait for `receive()`: 0 to 2^53 - 1; further ones are dropped. Default 256. */
  maxPending?: number;
  /** The socket is not closed with the task that opens it. Default false. */
  detached?: boolean;
}

/**
 * Opens a UDP socket. **Suspends the context** until it is bound.
 *
 * @param options - as `dgram.createSocket()` and `socket.bind()` take them (`type` is `'udp4'` or `'udp6'`); further
 *   `maxPending` and `detached`, and `timeout` and `signal` as in `wait()`. The socket is closed when the task ends, unless
 *   `detached`.
 * @throws what binding fails with (`EADDRINUSE`, …), and Node's own errors for bad options.
 * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`,
 *   `GREEN_ERR_OPT_INVALID` as `wait()`.
 * @example
 * ```ts
 * import { run } from 'greenroom';
 * import { greenBind } from 'greenroom/std/dgram';
 *
 * await run(() => {
 *   using socket = greenBind({ type: 'udp4' });
 *   socket.send('ping', 9999, '127.0.0.1');
 *   return socket.receive({ timeout: 1000 })?.data.toString();
 * });
 * ```
 */
export function greenBind(options: GreenBindOptions): GreenDatagramSocket {
  assertObject(options, 'greenBind() options');
  const { timeout, signal, port, address, exclusive, maxPending = 256, detached = false, ...settings } = options;
  assertInteger('maxPending', maxPending, 0, Number.MAX_SAFE_INTEGER);
  assertBoolean('detached', detached);
  const limits = new CallLimits('greenBind()', { timeout, signal });
  limits.contextToSuspend(); // only a context may go on
  const socket = new GreenDatagramSocket(createSocket(settings), maxPending).adopt();
  const where = Object.fromEntries(
    Object.entries({ port, address, exclusive }).filter(([, value]) => value !== undefined),
  );
  let bound = false;
  try {
    socket.ready(limits, () => socket.raw.bind(where));
    bound = true;
  } finally {
    if (!bound) socket.close();
  }
  return detached ? socket.detach() : socket;
}
