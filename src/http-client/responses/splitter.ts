// Cuts a body that comes in chunks into what its reader wants: lines, or pieces of one size. Without any suspending in
// it, so that it serves every kind of reader.

import { InvalidOptionError } from '../../errors.ts';
import type { TextStream } from '../decoding/text-stream.ts';

export interface Splitter<T> {
  /** What is complete by now. */
  push(chunk: Buffer): Iterable<T>;
  /** What is left. */
  end(): Iterable<T>;
}

export const MAX_LINE_LENGTH = 1_048_576;

/** A line, or an event, is longer than allowed. */
export class TooLong extends Error {
  readonly limit: number;
  /** Which limit it is. */
  readonly option: string;

  constructor(limit: number, option: string) {
    super(`Longer than ${limit} characters`);
    this.limit = limit;
    this.option = option;
  }
}

/** Lines end with `\n` or `\r\n`; the last one needs no ending. A lone `\r` is part of its line. */
export class LineSplitter implements Splitter<string> {
  readonly #text: TextStream;
  readonly #maxLength: number;
  #parts: string[] = [];
  #length = 0;

  constructor(text: TextStream, maxLength: number) {
    assertLength('maxLineLength', maxLength);
    this.#text = text;
    this.#maxLength = maxLength;
  }

  push(chunk: Buffer): Iterable<string> {
    return this.#split(this.#text.push(chunk));
  }

  *end(): Generator<string, void, undefined> {
    yield* this.#split(this.#text.end());
    if (this.#length > 0) yield this.#takeAll();
  }

  *#split(text: string): Generator<string, void, undefined> {
    let from = 0;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', from)) {
      this.#add(text.slice(from, at));
      const line = this.#takeAll();
      yield line.endsWith('\r') ? line.slice(0, -1) : line;
      from = at + 1;
    }
    if (from < text.length) this.#add(from === 0 ? text : text.slice(from));
  }

  #add(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
    if (this.#length > this.#maxLength) throw new TooLong(this.#maxLength, 'maxLineLength');
  }

  #takeAll(): string {
    const text = this.#parts.length === 1 ? (this.#parts[0] as string) : this.#parts.join('');
    this.#parts = [];
    this.#length = 0;
    return text;
  }
}

/** Pieces of `size` bytes, the last one shorter; without a size, chunks as they come. */
export class ByteSplitter implements Splitter<Buffer> {
  readonly #size: number | null;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(size: number | undefined) {
    if (size !== undefined) assertLength('iterBytes() size', size);
    this.#size = size ?? null;
  }

  *push(chunk: Buffer): Generator<Buffer, void, undefined> {
    const size = this.#size;
    if (size === null) {
      if (chunk.length > 0) yield chunk;
      return;
    }
    let from = 0;
    while (this.#bytes + chunk.length - from >= size) {
      const to = from + size - this.#bytes;
      yield this.#take(chunk.subarray(from, to));
      from = to;
    }
    if (from === chunk.length) return;
    this.#chunks.push(chunk.subarray(from));
    this.#bytes += chunk.length - from;
  }

  *end(): Generator<Buffer, void, undefined> {
    if (this.#bytes > 0) yield this.#take(null);
  }

  #take(last: Buffer | null): Buffer {
    if (this.#chunks.length === 0) return last as Buffer;
    if (last !== null) this.#chunks.push(last);
    const piece = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#bytes = 0;
    return piece;
  }
}

export function* splitWhole<T>(body: Buffer, splitter: Splitter<T>): Generator<T, void, undefined> {
  yield* splitter.push(body);
  yield* splitter.end();
}

export function assertLength(option: string, length: number): void {
  if (Number.isSafeInteger(length) && length > 0) return;
  throw new InvalidOptionError(option, 'an integer of 1 or more', length);
}
