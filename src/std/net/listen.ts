// greenListen(): a server that accepts in sync style.

import { createServer, type ListenOptions, type Server, type ServerOpts } from 'node:net';

import { assertBoolean, assertInteger, assertObject, type WaitOptions } from '../../pool/index.ts';
import { CallLimits } from '../call-limits.ts';
import { GreenServer } from './green-server.ts';

export interface AcceptOptions {
  /** How many accepted connections may wait for `accept()`: 0 to 2^53 - 1; further ones are closed. Default 511. */
  maxPending?: number;
  /** The server is not closed with the task that opens it. Default false. */
  detached?: boolean;
}

/** What makes a server, and which of its events gives a connection that is ready. */
export interface Transport {
  readonly create: (options: object) => Server;
  readonly ready: 'connection' | 'secureConnection';
}

export const TCP: Transport = { create: (options) => createServer(options as ServerOpts), ready: 'connection' };
const DEFAULT_PENDING = 511;

/** greenListen() over any transport. */
export function listenOver(transport: Transport, options: ListenOptions & AcceptOptions & WaitOptions): GreenServer {
  assertObject(options, 'greenListen() options');
  const { timeout, signal, maxPending = DEFAULT_PENDING, detached = false, ...settings } = options;
  assertInteger('maxPending', maxPending, 0, Number.MAX_SAFE_INTEGER);
  assertBoolean('detached', detached);
  const limits = new CallLimits('greenListen()', { timeout, signal });
  const waiter = limits.newWaiter();
  const raw = transport.create(settings);
  const server = new GreenServer(raw, transport.ready, maxPending).adopt();
  const onListening = (): void => waiter.fulfil(undefined);
  raw.on('error', (error) => {
    waiter.reject(error);
    server.fail(error);
  });
  raw.on('listening', onListening);
  let listening = false;
  try {
    raw.listen(settings);
    limits.wait(waiter, () => raw.off('listening', onListening));
    listening = true;
  } finally {
    if (!listening) server.close();
  }
  return detached ? server.detach() : server;
}

/**
 * Listens at a TCP port or a Unix socket. **Suspends the context** until it does.
 *
 * @param options - as `net.createServer()` and `server.listen()` take them; further `maxPending` and `detached`, and
 *   `timeout` and `signal` as in `wait()`. The server is closed when the task ends, unless `detached`.
 * @throws what listening fails with (`EADDRINUSE`, …), and Node's own errors for bad options.
 * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`,
 *   `GREEN_ERR_OPT_INVALID` as `wait()`.
 * @example
 * ```ts
 * import { run, spawn } from 'greenroom';
 * import { greenListen } from 'greenroom/std/net';
 *
 * await run(() => {
 *   for (const socket of greenListen({ port: 7777 })) {
 *     spawn(() => {
 *       using own = socket.adopt();
 *       for (const chunk of own) own.write(chunk);
 *     });
 *   }
 * });
 * ```
 */
export function greenListen(options: ServerOpts & ListenOptions & AcceptOptions & WaitOptions): GreenServer {
  return listenOver(TCP, options);
}
