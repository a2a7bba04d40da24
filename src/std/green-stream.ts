// A Readable, read in sync style as a file is: so many bytes, a line, chunk by chunk.

import type { Readable } from 'node:stream';

import { BodyTooLargeError, InvalidOptionError } from '../errors.ts';
import { assertInteger, assertLimits, type WaitOptions } from '../pool/index.ts';
import { ByteQueue } from './byte-queue.ts';
import type { CallLimits } from './call-limits.ts';
import { StreamSource } from './stream-source.ts';

export interface ReadLineOptions {
  /** The most bytes that a line may have, its ending included: 1 to 2^53 - 1. Default 65,536. */
  limit?: number;
}

const DEFAULT_LIMIT_BYTES = 1_048_576;
const DEFAULT_LINE_LIMIT_BYTES = 65_536;
const NEWLINE = 10;
const RETURN = 13;

/**
 * Reads `stream` in sync style. Nothing is read, and nothing suspends, before the first call of a method; each suspends
 * the context as long as what it asks for has not come. What nobody asks for stays with the sender: the stream's own
 * high-water mark holds it back.
 *
 * - A stream with an encoding (`setEncoding()`) is read as the bytes of that encoding. One in object mode is read by
 *   iteration, which gives the objects as they are; text and bytes among them can be read as such.
 * - One reader at a time: from its first read to its `close()`, or the end, a stream belongs to one green stream.
 *
 * @param stream - any Readable: an `http.IncomingMessage`, a file.
 * @param options - limits of each single waiting; see `wait()`. Every method can throw `GREEN_ERR_WAIT_TIMEOUT`,
 *   `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT` and `GREEN_ERR_WAIT_FORBIDDEN` as it does; what had come by
 *   then is still there for the next call. Further `GREEN_ERR_STREAM_CLOSED` when the stream is closed before its end (the
 *   client has gone), `GREEN_ERR_STREAM_BUSY` when it has another reader, and the stream's own error.
 * @throws `GREEN_ERR_OPT_INVALID` for what is no Readable, and for bad options.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { greenStream, runInPool } from 'greenroom/middleware';
 *
 * createServer(runInPool((req, res) => {
 *   let count = 0;
 *   for (const line of greenStream(req).lines()) count += line.length;
 *   res.end(String(count));
 * })).listen(3000);
 * ```
 */
export function greenStream(stream: Readable, options: WaitOptions = {}): GreenStream {
  return new GreenStream(stream, options);
}

/** See {@link greenStream}. */
export class GreenStream implements Iterable<Buffer>, Disposable {
  readonly #source: StreamSource;
  readonly #buffered = new ByteQueue();
  readonly #limits: CallLimits | undefined;

  /** @internal `limits`, if given, instead of `options`: for one call's use of it. */
  constructor(stream: Readable, options: WaitOptions, limits?: CallLimits) {
    if (typeof stream?.read !== 'function' || typeof stream.on !== 'function') {
      throw new InvalidOptionError('greenStream() stream', 'a Readable', stream);
    }
    assertLimits(options);
    this.#source = new StreamSource(stream, options);
    this.#limits = limits;
  }

  /**
   * With `bytes` (0 to 2^53 - 1): exactly so many, fewer only if the stream ends before. Without: everything up to the
   * end, at most 1,048,576 bytes or `limit`. An empty Buffer says that the stream has ended.
   *
   * @throws `GREEN_ERR_BODY_TOO_LARGE` without `bytes`, when more comes than `limit`; `GREEN_ERR_OPT_INVALID` for a bad
   *   argument; and see {@link greenStream}.
   */
  read(bytes?: number, { limit = DEFAULT_LIMIT_BYTES }: { limit?: number } = {}): Buffer {
    assertInteger('limit', limit, 0, Number.MAX_SAFE_INTEGER);
    if (bytes !== undefined) assertInteger('bytes', bytes, 0, Number.MAX_SAFE_INTEGER);
    const buffered = this.#buffered;
    while (buffered.bytes < (bytes ?? limit + 1) && this.#fill());
    if (bytes === undefined && buffered.bytes > limit) throw new BodyTooLargeError(limit);
    return buffered.take(Math.min(bytes ?? buffered.bytes, buffered.bytes));
  }

  /**
   * The next line as UTF-8 text, without its ending (`\n` or `\r\n`); null at the end. The last one needs no ending.
   *
   * @throws `GREEN_ERR_BODY_TOO_LARGE` when no ending comes within `limit` bytes; and see {@link greenStream}.
   */
  readLine({ limit = DEFAULT_LINE_LIMIT_BYTES }: ReadLineOptions = {}): string | null {
    assertInteger('limit', limit, 1, Number.MAX_SAFE_INTEGER);
    const buffered = this.#buffered;
    let searched = 0;
    let newlineAt = buffered.indexOf(NEWLINE, searched);
    while (newlineAt === -1 && buffered.bytes <= limit) {
      searched = buffered.bytes;
      if (!this.#fill()) break;
      newlineAt = buffered.indexOf(NEWLINE, searched);
    }
    const length = newlineAt === -1 ? buffered.bytes : newlineAt + 1;
    if (length > limit) throw new BodyTooLargeError(limit);
    if (length === 0) return null;
    const line = buffered.take(length);
    if (newlineAt === -1) return line.toString('utf8');
    return line.toString('utf8', 0, length >= 2 && line[length - 2] === RETURN ? length - 2 : length - 1);
  }

  /** The rest, line by line; see {@link readLine}. Ending the loop early leaves what follows to further reads. */
  *lines(options?: ReadLineOptions): Generator<string, void, undefined> {
    for (let line = this.readLine(options); line !== null; line = this.readLine(options)) yield line;
  }

  /** The rest, in chunks as they come: of bytes, or the objects of a stream in object mode. */
  *[Symbol.iterator](): Generator<Buffer, void, undefined> {
    if (this.#buffered.bytes > 0) yield this.#buffered.take(this.#buffered.bytes);
    for (let chunk = this.#source.next(); chunk !== null; chunk = this.#source.next()) {
      yield (isBytes(chunk) ? this.#bytesOf(chunk) : chunk) as Buffer;
    }
  }

  /**
   * Lets go of the stream: what has been taken from it and not been read is put back, and others may read on. The
   * stream itself is not closed. Never suspends; may be called again. A read after it throws `GREEN_ERR_STREAM_CLOSED`.
   */
  close(): void {
    const buffered = this.#buffered;
    this.#source.close(() => (buffered.bytes === 0 ? null : buffered.take(buffered.bytes)));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Takes one more chunk into the buffer; false at the end. */
  #fill(): boolean {
    const chunk = this.#source.next(this.#limits);
    if (chunk === null) return false;
    if (!isBytes(chunk)) throw new InvalidOptionError('greenStream() stream', 'of text or bytes to be read so', chunk);
    this.#buffered.push(this.#bytesOf(chunk));
    return true;
  }

  #bytesOf(chunk: string | Uint8Array): Buffer {
    if (typeof chunk === 'string') return Buffer.from(chunk, this.#source.stream.readableEncoding ?? 'utf8');
    return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
}

function isBytes(chunk: unknown): chunk is string | Uint8Array {
  return typeof chunk === 'string' || chunk instanceof Uint8Array;
}
