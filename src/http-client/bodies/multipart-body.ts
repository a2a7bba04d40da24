// multipart/form-data (RFC 7578), names and filenames escaped as the WHATWG has it. Values go out byte for byte: unlike a
// browser's form, nothing turns their line breaks into CRLF.

import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';

import { wait } from '../../pool/index.ts';
import { flattenHeaders, type RequestHeaders } from '../request-headers.ts';
import { BytesBody } from './bytes-body.ts';
import { readableFrom } from './chunks.ts';
import { isStream } from './outgoing-body.ts';
import { PumpedBody } from './pumped-body.ts';
import type { BodyChunk, OutgoingBody, RequestBody } from './request-body.ts';

export interface MultipartSection {
  readonly name: string;
  readonly filename: string | null;
  readonly headers: RequestHeaders;
  readonly body: RequestBody;
}

/** Up to here, what is in memory is sent in one piece: it costs a copy, and saves a stream. */
const ONE_PIECE_BYTES = 1024 * 1024;

const CRLF: Buffer = Buffer.from('\r\n');

export class MultipartBody implements RequestBody {
  readonly contentType: string;
  readonly replayable: boolean;
  readonly pumped: boolean;
  readonly prepare?: () => Promise<void>;
  readonly #sections: readonly { readonly head: Buffer; readonly body: RequestBody }[];
  readonly #tail: Buffer;

  constructor(sections: readonly MultipartSection[]) {
    const boundary = `greenroom-${randomBytes(16).toString('hex')}`;
    this.contentType = `multipart/form-data; boundary=${boundary}`;
    this.#sections = sections.map((section) => ({ head: headOf(boundary, section), body: section.body }));
    this.#tail = Buffer.from(`--${boundary}--\r\n`);
    this.replayable = sections.every(({ body }) => body.replayable);
    this.pumped = sections.some(({ body }) => body.pumped);
    if (sections.some(({ body }) => body.prepare !== undefined)) this.prepare = () => this.#prepare();
  }

  get byteLength(): number | null {
    let sum = this.#tail.length;
    for (const { head, body } of this.#sections) {
      if (body.byteLength === null) return null;
      sum += head.length + body.byteLength + CRLF.length;
    }
    return sum;
  }

  open(green: boolean): OutgoingBody {
    const inMemory = this.#sections.every(({ body }) => body instanceof BytesBody);
    if (inMemory && (this.byteLength as number) <= ONE_PIECE_BYTES) return this.#inOnePiece();
    if (green && this.pumped) return new PumpedBody(this.#chunksInContext());
    const open = { part: null };
    return readableFrom(this.#chunks(open), () => (open.part as Readable | null)?.destroy());
  }

  async #prepare(): Promise<void> {
    await Promise.all(this.#sections.map(({ body }) => body.prepare?.()));
  }

  #inOnePiece(): Buffer {
    const pieces = this.#sections.flatMap(({ head, body }) => {
      const content = body.open(false) as BodyChunk;
      return [head, typeof content === 'string' ? Buffer.from(content) : content, CRLF];
    });
    return Buffer.concat([...pieces, this.#tail]);
  }

  /** Each part is opened when its turn comes: however many files, one is open. */
  async *#chunks(open: { part: Readable | null }): AsyncGenerator<BodyChunk, void, undefined> {
    for (const { head, body } of this.#sections) {
      yield head;
      const content = body.open(false);
      if (isStream(content)) {
        open.part = content;
        for await (const chunk of content) yield chunk as BodyChunk;
        open.part = null;
      } else if (content.length > 0) yield content;
      yield CRLF;
    }
    yield this.#tail;
  }

  *#chunksInContext(): Generator<BodyChunk, void, undefined> {
    for (const { head, body } of this.#sections) {
      yield head;
      const content = body.open(true);
      if (content instanceof PumpedBody) yield* content.chunks;
      else if (isStream(content)) yield* chunksOf(content);
      else if (content.length > 0) yield content;
      yield CRLF;
    }
    yield this.#tail;
  }
}

function* chunksOf(stream: Readable): Generator<BodyChunk, void, undefined> {
  const iterator: AsyncIterator<BodyChunk> = stream[Symbol.asyncIterator]();
  try {
    for (let next = wait(iterator.next()); next.done !== true; next = wait(iterator.next())) yield next.value;
  } finally {
    stream.destroy();
  }
}

function headOf(boundary: string, { name, filename, headers }: MultipartSection): Buffer {
  // A line break in a name counts as CRLF, one in a filename as it is: so the standard.
  const field = escaped(name.replace(/\r\n?|\n/g, '\r\n'));
  let head = `--${boundary}\r\ncontent-disposition: form-data; name="${field}"`;
  if (filename !== null) head += `; filename="${escaped(filename)}"`;
  const flat = flattenHeaders(headers) as (string | readonly string[])[];
  for (let at = 0; at < flat.length; at += 2) {
    const value = flat[at + 1] as string | readonly string[];
    for (const line of typeof value === 'string' ? [value] : value) head += `\r\n${flat[at] as string}: ${line}`;
  }
  return Buffer.from(`${head}\r\n\r\n`);
}

function escaped(text: string): string {
  return text.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22');
}
