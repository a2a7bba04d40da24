// The reading side of a green socket: bytes that have come, taken as the caller wants them. Whatever a call has not
// returned is there for the next one, also when it was interrupted.

import type { Socket } from 'node:net';

import { BodyTooLargeError, InvalidOptionError, StreamBusyError, StreamClosedError } from '../../errors.ts';
import { assertInteger } from '../../pool/index.ts';
import { ByteQueue } from '../byte-queue.ts';
import type { CallLimits } from '../call-limits.ts';
import { StreamSource } from '../stream-source.ts';

const NEWLINE = 10;
const RETURN = 13;

export class SocketInput {
  readonly #source: StreamSource;
  readonly #buffered = new ByteQueue();
  #reading = false;

  constructor(socket: Socket) {
    this.#source = new StreamSource(socket, {});
  }

  /** What is there, `maxBytes` at most; waits for the first byte. Empty at the end. */
  some(maxBytes: number, limits: CallLimits): Buffer {
    assertInteger('maxBytes', maxBytes, 1, Number.MAX_SAFE_INTEGER);
    return this.#exclusively(() => {
      const buffered = this.#buffered;
      if (buffered.bytes === 0) this.#fill(limits);
      return buffered.take(Math.min(maxBytes, buffered.bytes));
    });
  }

  exactly(bytes: number, limits: CallLimits): Buffer {
    assertInteger('bytes', bytes, 0, Number.MAX_SAFE_INTEGER);
    return this.#exclusively(() => {
      while (this.#buffered.bytes < bytes) if (!this.#fill(limits)) throw new StreamClosedError('read');
      return this.#buffered.take(bytes);
    });
  }

  until(delimiter: string | Uint8Array, limit: number, limits: CallLimits): Buffer {
    const sequence = typeof delimiter === 'string' ? Buffer.from(delimiter) : delimiter;
    if (!(sequence instanceof Uint8Array) || sequence.length === 0) {
      throw new InvalidOptionError('delimiter', 'a string or Uint8Array that is not empty', delimiter);
    }
    assertInteger('limit', limit, 1, Number.MAX_SAFE_INTEGER);
    return this.#exclusively(() => {
      const end = this.#search(limit, limits, sequence);
      if (end === -1) throw new StreamClosedError('read');
      return this.#buffered.take(end);
    });
  }

  line(limit: number, limits: CallLimits): string | null {
    assertInteger('limit', limit, 1, Number.MAX_SAFE_INTEGER);
    return this.#exclusively(() => {
      const end = this.#search(limit, limits, ENDING);
      if (end === -1) return this.#buffered.bytes === 0 ? null : this.#buffered.take(this.#buffered.bytes).toString();
      const line = this.#buffered.take(end);
      return line.toString('utf8', 0, end >= 2 && line[end - 2] === RETURN ? end - 2 : end - 1);
    });
  }

  all(limit: number, limits: CallLimits): Buffer {
    assertInteger('limit', limit, 0, Number.MAX_SAFE_INTEGER);
    return this.#exclusively(() => {
      const buffered = this.#buffered;
      while (buffered.bytes <= limit && this.#fill(limits));
      if (buffered.bytes > limit) throw new BodyTooLargeError(limit);
      return buffered.take(buffered.bytes);
    });
  }

  /** @throws `GREEN_ERR_STREAM_BUSY` while a call reads. */
  assertIdle(): void {
    if (this.#reading) throw new StreamBusyError('another context, which reads this socket');
  }

  /** Lets go of the socket, and puts back what was not asked for. */
  close(): void {
    this.#source.close(() => (this.#buffered.bytes === 0 ? null : this.#buffered.take(this.#buffered.bytes)));
  }

  /** Where the first `sequence` ends; -1 if it does not come. At most `limit` bytes on. */
  #search(limit: number, limits: CallLimits, sequence: Uint8Array): number {
    const buffered = this.#buffered;
    let searched = 0;
    for (;;) {
      const at = buffered.indexOfAll(sequence, searched);
      const end = at === -1 ? buffered.bytes : at + sequence.length;
      if (end > limit) throw new BodyTooLargeError(limit);
      if (at !== -1) return end;
      searched = Math.max(0, buffered.bytes - sequence.length + 1);
      if (!this.#fill(limits)) return -1;
    }
  }

  // Two readers would tear each other's lines.
  #exclusively<R>(read: () => R): R {
    this.assertIdle();
    this.#reading = true;
    try {
      return read();
    } finally {
      this.#reading = false;
    }
  }

  /** Takes one more chunk into the buffer; false at the end. */
  #fill(limits: CallLimits): boolean {
    const chunk = this.#source.next(limits);
    if (chunk === null) {
      const { errored } = this.#source.stream;
      if (errored !== null) throw errored; // after the end: of the other direction
      return false;
    }
    this.#buffered.push(chunk as Buffer);
    return true;
  }
}

const ENDING = Uint8Array.of(NEWLINE);
