// One WebSocket without its waiting: undici's events go in, outcomes come out to whoever is told to be waiting. The
// green socket and the one of promises are two ways to wait for the same channel.
//
// undici reads a socket whether or not anybody takes the messages. Here the socket is paused while more than the
// high-water mark lies unread, so that a slow reader slows the sender down instead of filling the memory; a ping is
// answered late then, and a close is seen late.

import { performance } from 'node:perf_hooks';
import type { CloseEvent, MessageEvent, WebSocket } from 'undici';

import {
  HttpConnectError,
  type HttpErrorDetails,
  HttpProxyError,
  HttpTimeoutError,
  HttpTlsError,
  HttpTransportError,
} from '../http-errors.ts';
import { transportErrorOf } from '../transport/transport-error.ts';
import { HandshakeTap } from './handshake-tap.ts';
import { undiciWebSocket } from './undici-websocket.ts';
import { WebSocketClosedError, WebSocketHandshakeError } from './websocket-errors.ts';
import type { ResolvedWebSocketOptions, WebSocketTarget } from './websocket-options.ts';

/** A text, or bytes. */
export type WebSocketMessage = string | Uint8Array;

/** Told once: a message, or CHANGED. False: nobody waits any longer, and the message is still the channel's. */
export interface Recipient {
  tryFulfil(value: unknown): boolean;
}

/** Something has happened to the channel: ask it. */
export const CHANGED: unique symbol = Symbol('changed');

export class SocketChannel {
  readonly url: URL;
  readonly #socket: WebSocket;
  readonly #tap: HandshakeTap;
  readonly #options: ResolvedWebSocketOptions;
  readonly #startedAtMs = performance.now();
  /** Told when the connection is closed. */
  onClosed: (() => void) | null = null;
  /** Empty while anybody waits for a message. */
  readonly #queue: WebSocketMessage[] = [];
  readonly #receivers: Recipient[] = [];
  /** Who waits until the handshake is done, or what was sent is on its way. Told when any of it changes. */
  readonly #watchers = new Set<Recipient>();
  #queuedBytes = 0;
  #paused = false;
  #opened = false;
  #timedOut = false;
  #closing = false;
  #closed: { readonly code: number; readonly reason: string } | null = null;
  #timer: NodeJS.Timeout;

  constructor(target: WebSocketTarget, options: ResolvedWebSocketOptions) {
    this.url = options.url;
    this.#options = options;
    this.#tap = new HandshakeTap(target.dispatcher, options.maxMessageBytes);
    this.#socket = new (undiciWebSocket())(options.url, {
      protocols: [...options.protocols],
      headers: options.pairs,
      dispatcher: this.#tap as never,
    });
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.addEventListener('open', () => this.#onOpen());
    this.#socket.addEventListener('message', (event) => this.#onMessage(event));
    this.#socket.addEventListener('close', (event) => this.#onClose(event));
    this.#timer = setTimeout(() => this.#onTimeout(), options.timeout);
  }

  get readyState(): number {
    return this.#socket.readyState;
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  get closed(): { readonly code: number; readonly reason: string } | null {
    return this.#closed;
  }

  /** Throws what the handshake failed with. */
  assertOpened(): void {
    if (!this.#opened) throw this.#handshakeError();
  }

  /** The next message, null after the last, undefined if there is none yet. Throws if the connection broke. */
  take(): WebSocketMessage | null | undefined {
    const message = this.#queue.shift();
    if (message !== undefined) {
      this.#queuedBytes -= sizeOf(message);
      this.#resume();
      return message;
    }
    if (this.#closing) return null;
    if (this.#closed === null) return undefined;
    if (this.#closed.code !== 1006) return null;
    throw new WebSocketClosedError(this.#details(), 'broke off without a closing handshake', 1006);
  }

  /** Gets the next message; or CHANGED, whereupon take() has something to say. */
  addReceiver(recipient: Recipient): void {
    this.#receivers.push(recipient);
  }

  dropReceiver(recipient: Recipient): void {
    const at = this.#receivers.indexOf(recipient);
    if (at !== -1) this.#receivers.splice(at, 1);
  }

  /** Hands a message to the system, or to its buffer. */
  send(data: WebSocketMessage): void {
    if (this.#socket.readyState !== 1) {
      throw new WebSocketClosedError(this.#details(), 'is closed and sends nothing', this.#closed?.code ?? 1005);
    }
    this.#socket.send(data as string);
  }

  /** Whether what was sent has filled the buffer of the system. */
  get congested(): boolean {
    return this.#closed === null && this.#tap.socket?.writableNeedDrain === true;
  }

  watch(recipient: Recipient): void {
    this.#watchers.add(recipient);
  }

  unwatch(recipient: Recipient): void {
    this.#watchers.delete(recipient);
  }

  /** Begins the closing handshake, and drops what is unread. Again, it does nothing. */
  close(code: number, reason: string): void {
    if (this.#closing || this.#closed !== null) return;
    this.#closing = true;
    this.#socket.close(code, reason);
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.#resume(); // the other side's answer may be behind what was not read
    clearTimeout(this.#timer);
    if (this.#closed === null) {
      this.#timer = setTimeout(() => this.#tap.socket?.destroy(), this.#options.timeout);
      this.#timer.unref();
    }
    this.#tellAll();
  }

  #onOpen(): void {
    clearTimeout(this.#timer);
    this.#opened = true;
    this.#tap.socket?.on('drain', () => this.#tellWatchers());
    this.#tellWatchers();
  }

  #onMessage({ data }: MessageEvent): void {
    if (this.#closing) return;
    const message = typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer);
    for (let next = this.#receivers.shift(); next !== undefined; next = this.#receivers.shift()) {
      if (next.tryFulfil(message)) return;
    }
    this.#queue.push(message);
    this.#queuedBytes += sizeOf(message);
    if (this.#queuedBytes > this.#options.highWaterMark && !this.#paused) {
      this.#paused = true;
      this.#tap.socket?.pause();
    }
  }

  #onClose({ code, reason }: CloseEvent): void {
    clearTimeout(this.#timer);
    this.#closed = { code, reason };
    this.onClosed?.();
    this.#tellAll();
  }

  #onTimeout(): void {
    this.#timedOut = true;
    this.#socket.close();
    this.#tellAll();
  }

  // undici resumes by itself when its parser drains: the next message pauses again.
  #resume(): void {
    if (!this.#paused || this.#queuedBytes > this.#options.highWaterMark / 2) return;
    this.#paused = false;
    this.#tap.socket?.resume();
  }

  #tellAll(): void {
    for (const receiver of this.#receivers.splice(0)) receiver.tryFulfil(CHANGED);
    this.#tellWatchers();
  }

  #tellWatchers(): void {
    for (const watcher of [...this.#watchers]) watcher.tryFulfil(CHANGED);
    this.#watchers.clear();
  }

  #handshakeError(): Error {
    const { status, error, socket } = this.#tap;
    const details = this.#details();
    if (this.#timedOut) return new HttpTimeoutError(details, 'connect', 'connect', this.#options.timeout);
    if (this.#closing) return new WebSocketClosedError(details, 'was closed before it was open', 1006);
    if (status !== null || socket !== null) return new WebSocketHandshakeError(details, status);
    const code = (error as { code?: unknown } | null)?.code;
    const known = transportErrorOf(error, 'connect');
    if (known?.kind === 'proxy') return new HttpProxyError(details, known.status, error);
    if (known?.kind === 'tls') return new HttpTlsError(details, error);
    if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET') return new HttpTransportError(details, 'headers', error);
    return new HttpConnectError(details, error ?? undefined);
  }

  #details(): HttpErrorDetails {
    const { host, protocol, pathname } = this.url;
    const elapsed = performance.now() - this.#startedAtMs;
    return { method: 'GET', origin: `${protocol}//${host}`, path: pathname, elapsed, attempt: 1 };
  }
}

function sizeOf(message: WebSocketMessage): number {
  return typeof message === 'string' ? message.length * 2 : message.byteLength;
}
