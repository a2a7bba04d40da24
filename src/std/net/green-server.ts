// A server in sync style: a loop that accepts.

import type { AddressInfo, Server, Socket } from 'node:net';

import type { WaitOptions } from '../../pool/index.ts';
import { Inbox } from '../inbox.ts';
import { TaskOwned } from '../task-owned.ts';
import { GreenSocket } from './green-socket.ts';

/** A listening server; see {@link greenListen}. Iterating accepts until it is closed, and closes it where the loop ends. */
export class GreenServer extends TaskOwned implements Iterable<GreenSocket> {
  /** Node's own server. */
  readonly raw: Server;
  readonly #inbox: Inbox<GreenSocket>;
  #closed = false;
  #accepted = 0;
  #refused = 0;

  /** @internal */
  constructor(raw: Server, ready: string, maxPending: number) {
    super();
    this.raw = raw;
    this.#inbox = new Inbox(maxPending);
    raw.on(ready, (socket: Socket) => this.#onConnection(new GreenSocket(socket)));
    raw.once('close', () => this.close());
  }

  /** As `server.address()`: `{ address, family, port }`, or a path. */
  get address(): AddressInfo | string | null {
    return this.raw.address();
  }

  /** Connections that wait for `accept()`, that it has given, and that were closed as too many. */
  get stats(): { readonly pending: number; readonly accepted: number; readonly refused: number } {
    return { pending: this.#inbox.size, accepted: this.#accepted, refused: this.#refused };
  }

  /**
   * The next connection, which is the running task's; null once the server is closed. **Suspends the context** until
   * there is one. Several contexts get theirs in the order they asked; one that is cancelled or out of time takes none.
   *
   * @throws what the server fails with; `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`,
   *   `GREEN_ERR_WAIT_FORBIDDEN`, `GREEN_ERR_OPT_INVALID` as `wait()`.
   */
  accept(options: WaitOptions = {}): GreenSocket | null {
    const socket = this.#inbox.take('server.accept()', options);
    if (socket === null) return null;
    this.#accepted++;
    return socket.adopt();
  }

  *[Symbol.iterator](): Generator<GreenSocket, void, undefined> {
    try {
      for (let socket = this.accept(); socket !== null; socket = this.accept()) yield socket;
    } finally {
      this.close();
    }
  }

  /** Stops listening, and closes what waits for `accept()`; accepted sockets stay. Never suspends. Again, does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inbox.end();
    for (const socket of this.#inbox.clear()) socket.destroy();
    this.release();
    if (this.raw.listening) this.raw.close();
    else this.raw.once('listening', () => this.raw.close()); // it may still come to that
  }

  /** @internal */
  fail(error: Error): void {
    this.#inbox.end(error);
    this.close();
  }

  #onConnection(socket: GreenSocket): void {
    if (this.#inbox.put(socket)) return;
    this.#refused++;
    socket.destroy();
  }
}
