// greenServe(): a server each of whose connections is handled in a context of its own.

import type { AddressInfo, ListenOptions, Server, ServerOpts, Socket } from 'node:net';

import { CancelledError, InvalidOptionError, isCancelled } from '../../errors.ts';
import {
  assertFunction,
  assertInteger,
  assertKnownKeys,
  assertObject,
  GreenPool,
  MAX_TIMEOUT_MS,
  type ShutdownOptions,
} from '../../pool/index.ts';
import { GreenSocket } from './green-socket.ts';
import { TCP, type Transport } from './listen.ts';

export interface ServeOptions {
  /** How many connections are handled at once: 1 to 1,000,000. Default 1,000. */
  maxConnections?: number;
  /** How many more may wait for that: 0 to 2^53 - 1; further ones are closed. Default 511. */
  maxPending?: number;
  /** The pool whose contexts handle them, instead of the two limits above. It is not shut down with the server. */
  pool?: GreenPool;
  /** Told what a handler throws. Default: prints it, unless the connection has gone or the server is being closed. */
  onError?: (error: unknown, socket: GreenSocket) => void;
}

export type GreenHandler = (socket: GreenSocket) => unknown;

const CLOSE_OPTIONS = { drain: undefined };
const DEFAULT_CONNECTIONS = 1000;
const DEFAULT_PENDING = 511;

/** A server that `greenServe()` has started. */
export class GreenService implements AsyncDisposable {
  /** Node's own server. */
  readonly raw: Server;
  /**
   * Where it listens, as soon as it does: `{ address, family, port }`, or a path. Rejects when it cannot listen; with
   * `GREEN_ERR_CANCELLED` when it was closed before.
   */
  readonly listening: Promise<AddressInfo | string>;
  readonly #handler: GreenHandler;
  readonly #pool: GreenPool;
  readonly #ownsPool: boolean;
  readonly #onError: (error: unknown, socket: GreenSocket) => void;
  readonly #abort = new AbortController();
  readonly #connections = new Set<Promise<void>>();
  #refused = 0;
  #closing = false;
  #stopListening: (reason: unknown) => void = () => {};

  /** @internal */
  constructor(transport: Transport, handler: GreenHandler, options: ServeOptions & ListenOptions) {
    assertFunction('greenServe() handler', handler);
    assertObject(options, 'greenServe() options');
    const { maxConnections, maxPending, pool, onError = printError, ...settings } = options;
    assertFunction('onError', onError);
    this.#handler = handler;
    this.#onError = onError;
    this.#ownsPool = pool === undefined;
    this.#pool = poolFor(pool, maxConnections, maxPending);
    this.raw = transport.create(settings);
    this.raw.on(transport.ready, (socket: Socket) => this.#onConnection(new GreenSocket(socket)));
    this.listening = new Promise((resolve, reject) => {
      this.#stopListening = reject;
      this.raw.once('listening', () => resolve(this.raw.address() as AddressInfo | string)).on('error', reject);
    });
    this.raw.listen(settings);
  }

  /** Connections that are handled or wait for it, and that were closed as too many. */
  get stats(): { readonly connections: number; readonly refused: number } {
    return { connections: this.#connections.size, refused: this.#refused };
  }

  /**
   * Stops listening and resolves when every connection has been handled. Never suspends; `wait()` for it, but not in one of
   * its own handlers.
   *
   * @param options - `drain`: milliseconds (0 to 2,147,483,647) after which the handlers that are left are cancelled.
   *   Default: they take as long as they take.
   * @throws `GREEN_ERR_OPT_INVALID` (at once) for a bad `drain`.
   */
  close(options: ShutdownOptions = {}): Promise<void> {
    assertKnownKeys(options, CLOSE_OPTIONS, 'close() options');
    const { drain } = options;
    if (drain !== undefined) assertInteger('drain', drain, 0, MAX_TIMEOUT_MS);
    this.#closing = true;
    this.raw.close(() => {}); // again, it says so to nobody
    this.listening.catch(() => {}); // who closes it need not be told
    this.#stopListening(new CancelledError('explicit'));
    return this.#ownsPool ? this.#pool.shutdown(options) : this.#allHandled(drain);
  }

  /** As `close({ drain: 0 })`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ drain: 0 });
  }

  async #allHandled(drain: number | undefined): Promise<void> {
    const timer = drain === undefined ? undefined : setTimeout(() => this.#abort.abort(), drain);
    await Promise.allSettled(this.#connections);
    clearTimeout(timer);
  }

  #onConnection(socket: GreenSocket): void {
    // One that had come before the server closed, and has shaken hands since.
    if (this.#closing) {
      this.#refuse(socket);
      return;
    }
    const handled = this.#handle(socket);
    this.#connections.add(handled);
    void handled.finally(() => this.#connections.delete(handled));
  }

  async #handle(socket: GreenSocket): Promise<void> {
    let started = false;
    const work = (): unknown => {
      started = true;
      return this.#handler(socket.adopt());
    };
    try {
      await this.#pool.submit(work, { signal: this.#abort.signal, label: 'greenServe()' });
    } catch (error) {
      if (started) return this.#onError(error, socket);
      this.#refuse(socket);
    }
  }

  #refuse(socket: GreenSocket): void {
    this.#refused++;
    socket.destroy();
  }
}

function poolFor(given: GreenPool | undefined, maxConnections = DEFAULT_CONNECTIONS, maxPending?: number): GreenPool {
  if (given === undefined) {
    assertInteger('maxConnections', maxConnections, 1, 1_000_000);
    assertInteger('maxPending', maxPending ?? DEFAULT_PENDING, 0, Number.MAX_SAFE_INTEGER);
    return new GreenPool({
      name: 'greenServe()',
      maxWorkers: maxConnections,
      maxQueue: maxPending ?? DEFAULT_PENDING,
    });
  }
  if (!(given instanceof GreenPool)) throw new InvalidOptionError('pool', 'a GreenPool', given);
  if (maxConnections !== DEFAULT_CONNECTIONS || maxPending !== undefined) {
    throw new InvalidOptionError('maxConnections and maxPending', 'left to the pool that is given');
  }
  return given;
}

function printError(error: unknown, socket: GreenSocket): void {
  const gone = error === socket.raw.errored || (error as { code?: unknown } | null)?.code === 'GREEN_ERR_STREAM_CLOSED';
  if (!gone && !isCancelled(error)) console.error(error);
}

/**
 * Listens, and calls `handler(socket)` for every connection, in a context of its own: `handler` may wait as it likes. The
 * socket is closed when it returns or throws. Never suspends, and needs no context: `await service.listening`, if the
 * port matters.
 *
 * @param options - as `net.createServer()` and `server.listen()` take them; and see {@link ServeOptions}.
 * @throws `GREEN_ERR_OPT_INVALID` and Node's own errors for bad options.
 * @example
 * ```ts
 * import { greenServe } from 'greenroom/std/net';
 *
 * const service = greenServe((socket) => {
 *   for (const line of socket.lines()) socket.write(`${line.toUpperCase()}\n`);
 * }, { port: 7777, maxConnections: 200 });
 * process.once('SIGTERM', () => service.close({ drain: 5000 }));
 * ```
 */
export function greenServe(handler: GreenHandler, options: ServerOpts & ListenOptions & ServeOptions): GreenService {
  return new GreenService(TCP, handler, options);
}
