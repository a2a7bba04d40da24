// From the bytes on the wire to those that readers get: decompressed, and no more of them than allowed. What fails or is
// destroyed at one end fails at the other.

import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream';

import { contentEncodings } from '../decoding/codings.ts';
import { decoders } from '../decoding/decoder-stream.ts';
import type { ResponseHead } from './response-head.ts';
import type { StreamErrors } from './stream-errors.ts';

export interface OpenBodyOptions {
  /** The most bytes that may come, decoded; Infinity for no limit. */
  readonly maxBytes: number;
  /** Whether to undo the content-encoding. */
  readonly decompress: boolean;
}

export function openBody(
  source: Readable,
  head: ResponseHead,
  { maxBytes, decompress }: OpenBodyOptions,
  errors: StreamErrors,
): Readable {
  const codings = decompress ? contentEncodings(head.headers) : [];
  const stages = decoders(codings, (coding, cause) => errors.undecodable(coding, cause));
  // The parser sees to it that a body has no more than its content-length.
  const bounded = codings.length === 0 && Number(head.headers['content-length']) <= maxBytes;
  if (!bounded && maxBytes !== Number.POSITIVE_INFINITY) stages.push(new ByteLimit(maxBytes, errors));
  // A body that fails while nobody reads it must not end the process; who reads it hears of it.
  source.on('error', ignore);
  const body = stages.at(-1);
  if (body === undefined) return source;
  body.on('error', ignore);
  pipeline([source, ...stages], ignore);
  return body;
}

class ByteLimit extends Transform {
  readonly #limit: number;
  readonly #errors: StreamErrors;
  #bytes = 0;

  constructor(limit: number, errors: StreamErrors) {
    super();
    this.#limit = limit;
    this.#errors = errors;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limit) callback(this.#errors.tooLarge(this.#limit));
    else callback(null, chunk);
  }
}

function ignore(): void {}
