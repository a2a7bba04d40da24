// What a WebSocket is, however its owner waits.

import { type InspectOptions, inspect } from 'node:util';

import { checkClose } from './check-arguments.ts';
import type { SocketChannel } from './socket-channel.ts';

export class OpenSocket implements Disposable {
  /** @internal */
  protected readonly channel: SocketChannel;

  /** @internal */
  constructor(channel: SocketChannel) {
    this.channel = channel;
  }

  /** 1: open; 2: closing; 3: closed. As in browsers. */
  get readyState(): number {
    return this.channel.readyState;
  }

  /** The subprotocol that the server has picked; '' for none. */
  get protocol(): string {
    return this.channel.protocol;
  }

  /** Why the connection is closed: RFC 6455 section 7.4, 1006 without a closing handshake; null while it is not. */
  get closeCode(): number | null {
    return this.channel.closed?.code ?? null;
  }

  /** What the other side gave as its reason; '' if it gave none, null while the connection is not closed. */
  get closeReason(): string | null {
    return this.channel.closed?.reason ?? null;
  }

  /**
   * Says goodbye and drops what has not been received; who waits in receive() gets null. The connection is closed when
   * the other side has answered, or after `timeout`. Again, it does nothing. Never suspends.
   *
   * @param code - 1000, or 3000 to 4999.
   * @param reason - at most 123 bytes of UTF-8.
   * @throws `GREEN_ERR_OPT_INVALID`
   */
  close(code: number = 1000, reason: string = ''): void {
    checkClose(code, reason);
    this.channel.close(code, reason);
  }

  /** What loggers take: no query, no header, no message. */
  toJSON(): { readonly url: string; readonly readyState: number } {
    const { origin, pathname } = this.channel.url;
    return { url: origin + pathname, readyState: this.readyState };
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `${this.constructor.name} ${inspect(this.toJSON(), options)}`;
  }

  /** As close(), for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
