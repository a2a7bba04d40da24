// A TCP, Unix or TLS connection in sync style: over the events of Node's own socket, which stays in charge of it.

import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import { StreamBusyError, StreamClosedError } from '../../errors.ts';
import { assertLimits, type WaitOptions } from '../../pool/index.ts';
import { CallLimits } from '../call-limits.ts';
import type { ReadLineOptions } from '../green-stream.ts';
import { TaskOwned } from '../task-owned.ts';
import { writeWithin } from '../write-chunk.ts';
import { SocketInput } from './socket-input.ts';
import { type StartTlsOptions, upgrade } from './start-tls.ts';

/** How much a call may read until what it looks for has come, in bytes. */
export interface ReadLimitOptions extends WaitOptions {
  limit?: number;
}

const DEFAULT_LIMIT_BYTES = 1_048_576;
const DEFAULT_LINE_LIMIT_BYTES = 65_536;
const LIMIT: readonly string[] = ['limit'];
/** How long a closed socket may go on sending what was written. */
const LINGER_MS = 5000;

/**
 * A connection that `greenConnect()` has opened, or a server has accepted. Every reading or writing method can throw:
 * - the socket's own error (`ECONNRESET`, `EPIPE`, …), the same one from then on; reads first give what had come before it;
 * - `GREEN_ERR_STREAM_CLOSED` when the socket is closed, here or there, before the call is done;
 * - `GREEN_ERR_WAIT_TIMEOUT` after `timeout` milliseconds (1 to 2,147,483,647; of the whole call; default
 *   {@link GreenSocket.timeout}), and `GREEN_ERR_CANCELLED` when `signal` is aborted or the task cancelled. The socket stays
 *   usable: a read has lost no byte, what a write was given will be sent, and must not be written again;
 * - `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN` as `wait()`; `GREEN_ERR_OPT_INVALID` for bad arguments.
 *
 * One context at a time reads (`GREEN_ERR_STREAM_BUSY`); any number write, each call's bytes in one piece. The other side
 * can end its direction and still be written to. A socket is closed when its task ends, unless it was handed on.
 */
export class GreenSocket extends TaskOwned implements Iterable<Buffer> {
  #raw: Socket;
  #input: SocketInput;
  #closed = false;
  #upgrading = false;
  #timeout: number | undefined = undefined;
  readonly #host: string | undefined;

  /** @internal */
  constructor(raw: Socket, host?: string) {
    super();
    this.#raw = raw;
    this.#host = host;
    this.#input = new SocketInput(raw);
    this.#attach();
  }

  /** Node's own socket, for what is not here: `remoteAddress`, `setNoDelay()`, `getPeerCertificate()`. */
  get raw(): Socket {
    return this.#raw;
  }

  /** Whether it speaks TLS. */
  get encrypted(): boolean {
    return (this.#raw as Partial<TLSSocket>).encrypted === true;
  }

  get closed(): boolean {
    return this.#closed || this.#raw.destroyed;
  }

  /** For every call that is given none: milliseconds, 1 to 2,147,483,647; undefined for none, the default. */
  get timeout(): number | undefined {
    return this.#timeout;
  }

  set timeout(timeout: number | undefined) {
    assertLimits({ timeout });
    this.#timeout = timeout;
  }

  /** What has come, `maxBytes` at most (1 or more, default 65,536). **Suspends the context** until there is something. Empty at the end. */
  read(maxBytes = 65_536, options: WaitOptions = {}): Buffer {
    return this.#reader().some(maxBytes, this.#limits('socket.read()', options));
  }

  /**
   * So many bytes (0 or more). **Suspends the context** until they are there.
   *
   * @throws `GREEN_ERR_STREAM_CLOSED` when the other side ends before; `read()` still gives what came.
   */
  readExactly(bytes: number, options: WaitOptions = {}): Buffer {
    return this.#reader().exactly(bytes, this.#limits('socket.readExactly()', options));
  }

  /**
   * Everything up to and including `delimiter`. **Suspends the context** until it is there.
   *
   * @param options - `limit`: the most bytes, delimiter included: 1 or more, default 65,536.
   * @throws `GREEN_ERR_STREAM_CLOSED` when the other side ends before; `GREEN_ERR_BODY_TOO_LARGE` beyond `limit`. `read()`
   *   still gives what came.
   */
  readUntil(delimiter: string | Uint8Array, options: ReadLimitOptions = {}): Buffer {
    const limits = this.#limits('socket.readUntil()', options, LIMIT);
    return this.#reader().until(delimiter, options.limit ?? DEFAULT_LINE_LIMIT_BYTES, limits);
  }

  /**
   * The next line as UTF-8 text, without its ending (`\n` or `\r\n`); null at the end. The last one needs no ending.
   * **Suspends the context** until it is there.
   *
   * @param options - `limit`: the most bytes, ending included: 1 or more, default 65,536.
   * @throws `GREEN_ERR_BODY_TOO_LARGE` for a longer line.
   */
  readLine(options: ReadLineOptions & WaitOptions = {}): string | null {
    const limits = this.#limits('socket.readLine()', options, LIMIT);
    return this.#reader().line(options.limit ?? DEFAULT_LINE_LIMIT_BYTES, limits);
  }

  /**
   * Everything up to the end. **Suspends the context** until the other side has ended.
   *
   * @param options - `limit`: the most bytes: 0 or more, default 1,048,576.
   * @throws `GREEN_ERR_BODY_TOO_LARGE` for more; `read()` still gives it.
   */
  readAll(options: ReadLimitOptions = {}): Buffer {
    const limits = this.#limits('socket.readAll()', options, LIMIT);
    return this.#reader().all(options.limit ?? DEFAULT_LIMIT_BYTES, limits);
  }

  /** The rest, line by line; see {@link GreenSocket.readLine}, whose `options` hold for each line. */
  *lines(options?: ReadLineOptions & WaitOptions): Generator<string, void, undefined> {
    for (let line = this.readLine(options); line !== null; line = this.readLine(options)) yield line;
  }

  /** The rest, chunk by chunk as it comes. Ending the loop early leaves the rest to further reads. */
  *[Symbol.iterator](): Generator<Buffer, void, undefined> {
    for (let chunk = this.read(); chunk.length > 0; chunk = this.read()) yield chunk;
  }

  /** Sends a text (as UTF-8) or bytes. **Suspends the context** while more than the socket's high-water mark is unsent. */
  write(data: string | Uint8Array, options: WaitOptions = {}): void {
    const limits = this.#limits('socket.write()', options);
    this.#assertWritable();
    writeWithin(limits, this.#raw, data);
  }

  /** Ends this direction: the other side sees the end, and can still send. **Suspends the context** until all is sent. */
  end(options: WaitOptions = {}): void {
    const limits = this.#limits('socket.end()', options);
    const waiter = limits.newWaiter();
    this.#assertWritable();
    const raw = this.#raw;
    if (raw.writableFinished) return;
    const onFinish = (): void => waiter.fulfil(undefined);
    const onClose = (): void => waiter.reject(raw.errored ?? new StreamClosedError('write'));
    raw.on('finish', onFinish).on('close', onClose).on('error', onClose);
    if (!raw.writableEnded) raw.end();
    limits.wait(waiter, () => raw.off('finish', onFinish).off('close', onClose).off('error', onClose));
  }

  /**
   * Goes over to TLS on this connection, as STARTTLS does. **Suspends the context** until the handshake is done; if it
   * fails, or is given up, the socket is closed. Whatever has come and was not read belongs to the handshake, so that
   * nothing that was slipped in before it counts as said inside.
   *
   * @param options - the client's, as `tls.connect()` takes them, `servername` being the host connected to unless given;
   *   or with `isServer: true` the server's, as `tls.createServer()` takes them.
   * @throws the errors of Node's TLS; `GREEN_ERR_STREAM_BUSY` while another context reads.
   */
  startTls(options: StartTlsOptions = {}): void {
    const limits = this.#limits('socket.startTls()', { timeout: options.timeout, signal: options.signal });
    const waiter = limits.newWaiter();
    this.#assertWritable();
    if (this.#raw.writableEnded || this.#raw.destroyed) throw new StreamClosedError('write');
    if (this.#raw.readableEnded) throw new StreamClosedError('read');
    this.#input.assertIdle();
    this.#input.close();
    this.#upgrading = true;
    try {
      this.#raw = upgrade(this.#raw, options, this.#host, limits, waiter);
    } finally {
      this.#upgrading = false;
    }
    this.#input = new SocketInput(this.#raw);
    this.#attach();
  }

  /** Sends what was written and closes; after 5 seconds at the latest. Never suspends. Again, does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#input.close();
    const raw = this.#raw;
    raw.destroySoon();
    if (raw.destroyed) return;
    const timer = setTimeout(() => raw.destroy(), LINGER_MS).unref();
    raw.once('close', () => clearTimeout(timer));
  }

  /** Closes at once, without sending what is left. Never suspends. */
  destroy(): void {
    this.#closed = true;
    this.#raw.destroy();
  }

  #attach(): void {
    const raw = this.#raw;
    raw.on('error', () => {}); // told to whoever calls next
    raw.setMaxListeners(0); // any number of contexts may write
    // Only now: a TLS server takes a client that ends during the handshake for one that may still go on with it.
    raw.allowHalfOpen = true;
    raw.once('close', () => {
      if (raw === this.#raw) this.release();
    });
  }

  /** Of a broken socket too: what came before it broke is still there. */
  #reader(): SocketInput {
    if (this.#closed) throw this.#raw.errored ?? new StreamClosedError('read');
    this.#assertNotUpgrading();
    return this.#input;
  }

  #assertWritable(): void {
    if (this.#raw.errored !== null) throw this.#raw.errored;
    const gone = this.#raw.destroyed && !this.#raw.writableFinished;
    if (this.#closed || gone) throw new StreamClosedError('write');
    this.#assertNotUpgrading();
  }

  #assertNotUpgrading(): void {
    if (this.#upgrading) throw new StreamBusyError('another context, which starts TLS on this socket');
  }

  #limits(call: string, options: WaitOptions, others?: readonly string[]): CallLimits {
    return new CallLimits(call, options, others, this.#timeout);
  }
}
