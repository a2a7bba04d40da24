// Text of a body that comes bit by bit: a character may be cut anywhere.

import { TextDecoder } from 'node:util';

import { assertCharset, charsetOf } from './charset.ts';

// Of UTF-8 and UTF-16. What may become one is held back, and nothing else: a short first line must not wait for more.
const MARKS: readonly Buffer[] = ['efbbbf', 'feff', 'fffe'].map((hex) => Buffer.from(hex, 'hex'));

export class TextStream {
  readonly #contentType: string | null;
  readonly #override: string | undefined;
  #start: Buffer | null = null;
  #decoder: TextDecoder | null = null;

  constructor(contentType: string | null, override?: string) {
    assertCharset(override);
    this.#contentType = contentType;
    this.#override = override;
  }

  push(chunk: Buffer): string {
    if (this.#decoder !== null) return this.#decoder.decode(chunk, { stream: true });
    this.#start = this.#start === null ? chunk : Buffer.concat([this.#start, chunk]);
    if (this.#override === undefined && maybeMark(this.#start)) return '';
    return this.#open().decode(this.#start, { stream: true });
  }

  /** What was held back: after a cut character, its replacement. */
  end(): string {
    if (this.#decoder !== null) return this.#decoder.decode();
    return this.#start === null ? '' : this.#open().decode(this.#start);
  }

  #open(): TextDecoder {
    this.#decoder = new TextDecoder(charsetOf(this.#start as Buffer, this.#contentType, this.#override));
    return this.#decoder;
  }
}

/** Whether `start` is less than a byte order mark, and may become one. */
function maybeMark(start: Buffer): boolean {
  return MARKS.some((mark) => start.length < mark.length && mark.subarray(0, start.length).equals(start));
}
