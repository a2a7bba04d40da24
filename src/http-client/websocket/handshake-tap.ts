// A dispatcher around the client's, for one WebSocket. undici's WebSocket tells neither why a handshake failed nor when
// a reader is too slow; what it needs for that passes through here: the response's status, the error, and the socket.

import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';

type Handler = Dispatcher.DispatchHandler & Record<string, ((...args: never[]) => unknown) | undefined>;

export class HandshakeTap {
  /** undici asks its dispatcher for them. */
  readonly webSocketOptions: { readonly maxPayloadSize: number };
  readonly #dispatcher: Dispatcher;
  socket: Duplex | null = null;
  /** What the server answered with instead of switching protocols; null if it did not answer. */
  status: number | null = null;
  error: unknown = null;

  constructor(dispatcher: Dispatcher, maxPayloadSize: number) {
    this.#dispatcher = dispatcher;
    this.webSocketOptions = { maxPayloadSize };
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const taken = handler as Handler;
    // The names of undici's two handler APIs: its fetch has methods of both.
    this.#onCall(taken, 'onUpgrade', (_status, _headers, socket) => this.#upgraded(socket));
    this.#onCall(taken, 'onRequestUpgrade', (_controller, _status, _headers, socket) => this.#upgraded(socket));
    this.#onCall(taken, 'onHeaders', (status) => this.#answered(status));
    this.#onCall(taken, 'onResponseStart', (_controller, status) => this.#answered(status));
    this.#onCall(taken, 'onError', (error) => this.#failed(error));
    this.#onCall(taken, 'onResponseError', (_controller, error) => this.#failed(error));
    return this.#dispatcher.dispatch(options, handler);
  }

  #onCall(handler: Handler, name: string, tell: (...args: unknown[]) => void): void {
    const original = handler[name] as ((...args: unknown[]) => unknown) | undefined;
    if (original === undefined) return;
    Object.assign(handler, {
      [name](this: unknown, ...args: unknown[]): unknown {
        tell(...args);
        return Reflect.apply(original, this, args);
      },
    });
  }

  #upgraded(socket: unknown): void {
    this.socket = socket as Duplex;
  }

  #answered(status: unknown): void {
    if ((status as number) >= 200) this.status = status as number;
  }

  #failed(error: unknown): void {
    this.error ??= error;
  }
}
