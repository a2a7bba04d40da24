// The WebSocket of a client of promises: as GreenWebSocket, and nothing suspends.

import { CancelledError, WaitTimeoutError } from '../../errors.ts';
import { assertLimits, type WaitOptions } from '../../pool/index.ts';
import { checkMessage } from './check-arguments.ts';
import { OpenSocket } from './open-socket.ts';
import { CHANGED, type Recipient, SocketChannel, type WebSocketMessage } from './socket-channel.ts';
import { resolveWebSocketOptions, type WebSocketOptions, type WebSocketTarget } from './websocket-options.ts';

/** As {@link openWebSocket}, rejecting with the same errors. The socket is nobody's: close it. */
export async function openAsyncWebSocket(
  target: WebSocketTarget,
  options: WebSocketOptions = {},
): Promise<AsyncWebSocket> {
  const channel = new SocketChannel(target, resolveWebSocketOptions(target.url, options));
  await new Promise<void>((resolve) => channel.watch(once(resolve)));
  channel.assertOpened();
  return new AsyncWebSocket(channel);
}

/** A WebSocket that {@link openAsyncWebSocket} has opened; for the errors, see {@link GreenWebSocket}. */
export class AsyncWebSocket extends OpenSocket implements AsyncIterable<WebSocketMessage> {
  /** Sends a text, or bytes; resolves when it is in the socket's buffer, which may have to drain first. */
  async send(data: WebSocketMessage): Promise<void> {
    checkMessage(data);
    while (this.channel.congested) await new Promise<void>((resolve) => this.channel.watch(once(resolve)));
    this.channel.send(data);
  }

  /** The next message; null once the connection is closed and all is received. */
  async receive(options: WaitOptions = {}): Promise<WebSocketMessage | null> {
    assertLimits(options);
    if (options.signal?.aborted === true) throw new CancelledError('explicit', options.signal.reason);
    let message = this.channel.take();
    if (message === undefined) {
      const got = await this.#nextWithin(options);
      message = got === CHANGED ? this.channel.take() : (got as WebSocketMessage);
    }
    return message ?? null;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WebSocketMessage, void, undefined> {
    try {
      for (let message = await this.receive(); message !== null; message = await this.receive()) yield message;
    } finally {
      this.close();
    }
  }

  async #nextWithin({ timeout, signal }: WaitOptions): Promise<unknown> {
    const startedAtMs = performance.now();
    const expired = Symbol('expired');
    const aborted = Symbol('aborted');
    let stop = (): void => {};
    const got = await new Promise<unknown>((resolve) => {
      const recipient = once(resolve);
      const timer = timeout === undefined ? undefined : setTimeout(() => recipient.tryFulfil(expired), timeout);
      const onAbort = (): void => void recipient.tryFulfil(aborted);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.channel.addReceiver(recipient);
      stop = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.channel.dropReceiver(recipient);
      };
    });
    stop();
    if (got === expired) {
      throw new WaitTimeoutError('websocket.receive()', timeout as number, performance.now() - startedAtMs);
    }
    if (got === aborted) throw new CancelledError('explicit', signal?.reason);
    return got;
  }
}

function once<T>(resolve: (value: T) => void): Recipient {
  let told = false;
  return {
    tryFulfil(value): boolean {
      if (told) return false;
      told = true;
      resolve(value as T);
      return true;
    },
  };
}
