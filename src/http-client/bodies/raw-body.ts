// `body`: sent as it is, whatever holds the bytes.

import type { Readable } from 'node:stream';
import { isAnyArrayBuffer } from 'node:util/types';

import { InvalidRequestError } from '../http-errors.ts';
import { BytesBody } from './bytes-body.ts';
import { checkedChunks } from './chunks.ts';
import { FileBody, HttpFile } from './file.ts';
import { FORM_TYPE } from './form.ts';
import { IterableBody } from './iterable-body.ts';
import { isStream } from './outgoing-body.ts';
import type { BodyChunk, OutgoingBody, RequestBody } from './request-body.ts';
import { BlobBody, isBlob, StreamBody } from './stream-body.ts';

/** What a body can be made of; strings are sent as UTF-8. */
export type HttpBodySource =
  | string
  | ArrayBufferView
  | ArrayBuffer
  | Blob
  | HttpFile
  | URLSearchParams
  | Readable
  | ReadableStream
  | Iterable<BodyChunk>
  | AsyncIterable<BodyChunk>;

/**
 * A function is called each time that the body is sent, which makes any body fit to be sent again: after a redirect, by a
 * retry, after an authentication. A stream, an iterator or a generator *object* is sent once.
 */
export type HttpBodyInput = HttpBodySource | (() => HttpBodySource);

/** @throws `GREEN_ERR_OPT_INVALID` */
export function rawBodyOf(input: HttpBodyInput): RequestBody {
  return typeof input === 'function' ? new FactoryBody(input) : sourceBodyOf(input);
}

/** Has neither type nor length before it is made. */
class FactoryBody implements RequestBody {
  readonly contentType: null = null;
  readonly byteLength: null = null;
  readonly replayable: true = true;
  readonly pumped: true = true;
  readonly #make: () => HttpBodySource;

  constructor(make: () => HttpBodySource) {
    this.#make = make;
  }

  open(green: boolean): OutgoingBody {
    return sourceBodyOf(this.#make()).open(green);
  }
}

function sourceBodyOf(source: HttpBodySource): RequestBody {
  if (typeof source === 'string' || source instanceof Uint8Array) return new BytesBody(source, null);
  if (typeof source !== 'object' || source === null) throw notBody();
  if (ArrayBuffer.isView(source)) {
    return new BytesBody(new Uint8Array(source.buffer, source.byteOffset, source.byteLength), null);
  }
  if (isAnyArrayBuffer(source)) return new BytesBody(new Uint8Array(source), null);
  if (source instanceof URLSearchParams) return new BytesBody(source.toString(), FORM_TYPE);
  if (source instanceof HttpFile) return new FileBody(source);
  if (isBlob(source)) return new BlobBody(source);
  if (isStream(source) || source instanceof ReadableStream) return new StreamBody(source);
  if (Symbol.asyncIterator in source) return new StreamBody(source as AsyncIterable<BodyChunk>);
  if (Array.isArray(source)) return new BytesBody(joined(source), null);
  if (Symbol.iterator in source) return new IterableBody(source as Iterable<BodyChunk>);
  throw notBody();
}

// In memory anyway, and a length that is known is worth a copy: not every server takes a chunked request.
function joined(chunks: readonly unknown[]): Buffer {
  return Buffer.concat(Array.from(checkedChunks(chunks), (chunk) => Buffer.from(chunk as Uint8Array)));
}

function notBody(): InvalidRequestError {
  return new InvalidRequestError(
    'body',
    'a string, bytes, a Blob, a file(), a stream, an iterable of strings or bytes, or a function that makes one of these; ' +
      'an object goes into json, form or multipart',
  );
}
