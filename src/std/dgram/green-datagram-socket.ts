// A UDP socket in sync style.

import type { Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';

import { StreamClosedError } from '../../errors.ts';
import type { WaitOptions } from '../../pool/index.ts';
import { CallLimits } from '../call-limits.ts';
import { Inbox } from '../inbox.ts';
import { TaskOwned } from '../task-owned.ts';

/** What has come, and from whom. */
export interface Datagram {
  readonly data: Buffer;
  readonly address: string;
  readonly family: string;
  readonly port: number;
}

/** See {@link greenBind}. Iterating receives until the socket is closed, and closes it where the loop ends. */
export class GreenDatagramSocket extends TaskOwned implements Iterable<Datagram> {
  /** Node's own socket, for what is not here: `setBroadcast()`, `addMembership()`. */
  readonly raw: Socket;
  readonly #inbox: Inbox<Datagram | Error>;
  #closed = false;
  #dropped = 0;

  /** @internal */
  constructor(raw: Socket, maxPending: number) {
    super();
    this.raw = raw;
    this.#inbox = new Inbox(maxPending);
    raw.setMaxListeners(0); // any number of contexts may send
    raw.on('message', (data, { address, family, port }) => {
      if (!this.#inbox.put({ data, address, family, port })) this.#dropped++;
    });
    raw.on('error', (error) => this.#inbox.put(error));
    raw.once('close', () => this.close());
  }

  /** As `socket.address()`: `{ address, family, port }`. */
  get address(): AddressInfo {
    return this.raw.address();
  }

  /** Datagrams (and errors) that wait for `receive()`, and that were dropped as too many. */
  get stats(): { readonly pending: number; readonly dropped: number } {
    return { pending: this.#inbox.size, dropped: this.#dropped };
  }

  /**
   * The next datagram; null once the socket is closed. **Suspends the context** until there is one. Several contexts get
   * theirs in the order they asked; one that is cancelled or out of time takes none, and the socket stays usable.
   *
   * @throws what receiving fails with, in the place of a datagram (`ECONNREFUSED`: what a connected socket had sent, nobody
   *   listens for); the socket stays usable.
   * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`,
   *   `GREEN_ERR_OPT_INVALID` as `wait()`.
   */
  receive(options: WaitOptions = {}): Datagram | null {
    const item = this.#inbox.take('socket.receive()', options);
    if (!(item instanceof Error)) return item;
    Error.captureStackTrace(item, this.receive); // it has come from the event loop: these are its first frames
    throw item;
  }

  *[Symbol.iterator](): Generator<Datagram, void, undefined> {
    try {
      for (let datagram = this.receive(); datagram !== null; datagram = this.receive()) yield datagram;
    } finally {
      this.close();
    }
  }

  /**
   * Sends one datagram; the text as UTF-8. **Suspends the context** until the system has it. Given up, it may be sent all
   * the same, and the socket stays usable.
   *
   * @param port - and `address` (default: this machine) of who gets it; neither for a socket that is connected (`connect()`).
   * @returns its size in bytes.
   * @throws what sending fails with (`EMSGSIZE`, `ENOTFOUND`, …), and Node's own errors for bad arguments.
   * @throws `GREEN_ERR_STREAM_CLOSED` when the socket is closed; and as `wait()`.
   */
  send(data: string | Uint8Array, port?: number, address?: string, options: WaitOptions = {}): number {
    const send = (done: (error: Error | null, bytes?: number) => void): void => {
      if (port === undefined) this.raw.send(data, done);
      else this.raw.send(data, port, address, done);
    };
    return this.#call<number>('socket.send()', options, send);
  }

  /**
   * From now on sends to this address only, and receives from it only. **Suspends the context** until the address is found.
   *
   * @throws as {@link GreenDatagramSocket.send}.
   */
  connect(port: number, address?: string, options: WaitOptions = {}): void {
    this.#call<void>('socket.connect()', options, (done) => {
      this.raw.connect(port, address as string, (error?: unknown) => done(error instanceof Error ? error : null));
    });
  }

  /** Never suspends. Again, does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inbox.end();
    this.#inbox.clear();
    this.release();
    try {
      this.raw.close();
    } catch {
      // it is closed already
    }
  }

  /** @internal */
  ready(limits: CallLimits, bind: () => void): void {
    const waiter = limits.newWaiter();
    const onListening = (): void => waiter.fulfil(undefined);
    const onError = (error: Error): void => waiter.reject(error);
    this.raw.on('listening', onListening).on('error', onError);
    bind();
    limits.wait(waiter, () => this.raw.off('listening', onListening).off('error', onError));
  }

  #call<T>(call: string, options: WaitOptions, start: (done: (error: Error | null, value?: T) => void) => void): T {
    const limits = new CallLimits(call, options);
    const waiter = limits.newWaiter();
    if (this.#closed) throw new StreamClosedError('write');
    const onClose = (): void => waiter.reject(new StreamClosedError('write'));
    this.raw.once('close', onClose);
    const stop = (): void => {
      this.raw.off('close', onClose);
    };
    try {
      start((error, value) => (error instanceof Error ? waiter.reject(error) : waiter.fulfil(value)));
    } catch (error) {
      stop();
      throw error;
    }
    return limits.wait(waiter, stop) as T;
  }
}
