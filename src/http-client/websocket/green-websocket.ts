// A WebSocket in sync style: receive() and send() suspend the context, and nothing is called back.

import { CancelledError } from '../../errors.ts';
import {
  assertLimits,
  contextToSuspend,
  currentContext,
  type Held,
  newWaiter,
  type Task,
  type WaitOptions,
  waitWithin,
} from '../../pool/index.ts';
import { checkMessage } from './check-arguments.ts';
import { OpenSocket } from './open-socket.ts';
import { CHANGED, SocketChannel, type WebSocketMessage } from './socket-channel.ts';
import { resolveWebSocketOptions, type WebSocketOptions, type WebSocketTarget } from './websocket-options.ts';

/**
 * Opens a WebSocket; **suspends the context** until the handshake is done. Cancelled meanwhile, it gives the connection
 * up. The socket is closed when the task that has opened it ends, unless it is `detached`.
 *
 * @throws `GREEN_ERR_OPT_INVALID` for bad input; nothing was sent.
 * @throws `GREEN_ERR_HTTP_CONNECT`, `GREEN_ERR_HTTP_TLS`, `GREEN_ERR_HTTP_PROXY` when no connection came about;
 *   `GREEN_ERR_HTTP_TRANSPORT` when it broke.
 * @throws `GREEN_ERR_HTTP_TIMEOUT` after `timeout`.
 * @throws `GREEN_ERR_HTTP_WEBSOCKET_HANDSHAKE` when the server answered otherwise; the error's `status` says how.
 * @throws `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT` and `GREEN_ERR_WAIT_FORBIDDEN` as `wait()`.
 */
export function openWebSocket(target: WebSocketTarget, options: WebSocketOptions = {}): GreenWebSocket {
  const resolved = resolveWebSocketOptions(target.url, options);
  const waiter = newWaiter('openWebSocket()');
  const channel = new SocketChannel(target, resolved);
  // Its task's from now on, so that it is closed with a task that is destroyed here.
  const socket = new GreenWebSocket(channel, currentContext()?.task as Task);
  try {
    channel.watch(waiter);
    waiter.wait();
    channel.assertOpened();
  } catch (error) {
    channel.close(1000, '');
    throw error;
  }
  if (resolved.detached) socket.detach();
  return socket;
}

/**
 * A WebSocket that {@link openWebSocket} has opened. Iterating over it receives until it is closed, and closes it where
 * the loop is left early.
 *
 * @example
 * ```ts
 * using socket = api.webSocket('/prices');
 * socket.send('subscribe');
 * for (const message of socket) console.log(message);
 * ```
 */
export class GreenWebSocket extends OpenSocket implements Held, Iterable<WebSocketMessage> {
  readonly #task: Task;

  /** @internal */
  constructor(channel: SocketChannel, task: Task) {
    super(channel);
    this.#task = task;
    task.held ??= new Set();
    task.held.add(this);
    channel.onClosed = () => this.detach();
  }

  /**
   * Sends a text, or bytes. **Suspends the context** first, as long as what was sent before fills the socket's buffer.
   * Cancelled while it waits, it sends nothing, and the socket stays usable.
   *
   * @throws `GREEN_ERR_HTTP_WEBSOCKET_CLOSED` once either side has begun to close.
   * @throws `GREEN_ERR_OPT_INVALID`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`
   */
  send(data: WebSocketMessage): void {
    checkMessage(data);
    contextToSuspend('websocket.send()'); // elsewhere nothing is sent
    while (this.channel.congested) {
      const waiter = newWaiter('websocket.send()');
      this.channel.watch(waiter);
      try {
        waiter.wait();
      } finally {
        this.channel.unwatch(waiter);
      }
    }
    this.channel.send(data);
  }

  /**
   * The next message; null once the connection is closed and all is received. **Suspends the context** until there is
   * one. Several contexts get theirs in the order they asked. Cancelled or out of time, it takes nothing, and the socket
   * stays usable.
   *
   * @param options - limits of the waiting; see `wait()`.
   * @throws `GREEN_ERR_HTTP_WEBSOCKET_CLOSED` when the connection broke without a closing handshake.
   * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`
   *   and `GREEN_ERR_OPT_INVALID` as `wait()`.
   */
  receive(options: WaitOptions = {}): WebSocketMessage | null {
    assertLimits(options);
    contextToSuspend('websocket.receive()'); // elsewhere nothing is taken
    if (options.signal?.aborted === true) throw new CancelledError('explicit', options.signal.reason);
    const { channel } = this;
    let message = channel.take();
    if (message !== undefined) return message;
    const waiter = newWaiter('websocket.receive()');
    channel.addReceiver(waiter);
    const got = waitWithin(waiter, 'websocket.receive()', options, () => channel.dropReceiver(waiter));
    message = got === CHANGED ? channel.take() : (got as WebSocketMessage);
    return message ?? null;
  }

  *[Symbol.iterator](): Generator<WebSocketMessage, void, undefined> {
    try {
      for (let message = this.receive(); message !== null; message = this.receive()) yield message;
    } finally {
      this.close();
    }
  }

  /** @internal */
  detach(): void {
    this.#task.held?.delete(this);
  }

  /** For the task that holds it; not for callers. */
  leftBy(): void {
    this.close();
  }
}
