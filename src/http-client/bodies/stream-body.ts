// A body that Node reads by itself, without code of the caller's on our stack: streams of both kinds, blobs, async
// iterables.

import { Readable } from 'node:stream';

import { checkedChunksAsync, readableFrom } from './chunks.ts';
import { guarded, isStream } from './outgoing-body.ts';
import type { RequestBody } from './request-body.ts';
import { assertUnused, isIterator, markUsed } from './single-use.ts';

/** What a stream can be made of. */
export type StreamSource = Readable | ReadableStream | AsyncIterable<unknown>;

export class StreamBody implements RequestBody {
  readonly contentType: null = null;
  readonly byteLength: null = null;
  readonly replayable: boolean;
  readonly #source: StreamSource;

  /** @throws `GREEN_ERR_OPT_INVALID` for a source already used. */
  constructor(source: StreamSource) {
    assertUnused(source);
    this.replayable = !isStream(source) && !(source instanceof ReadableStream) && !isIterator(source);
    this.#source = source;
  }

  get pumped(): boolean {
    return false;
  }

  open(): Readable {
    return streamOf(this.#source);
  }
}

/** A Blob or File of any copy: what it is made of is read when it is sent. */
export class BlobBody implements RequestBody {
  readonly contentType: string | null;
  readonly byteLength: number;
  readonly #blob: Blob;

  constructor(blob: Blob) {
    this.contentType = blob.type === '' ? null : blob.type;
    this.byteLength = blob.size;
    this.#blob = blob;
  }

  get replayable(): boolean {
    return true;
  }

  get pumped(): boolean {
    return false;
  }

  open(): Readable | string {
    return this.byteLength === 0 ? '' : streamOf(this.#blob.stream() as StreamSource);
  }
}

export function isBlob(value: unknown): value is Blob {
  if (typeof value !== 'object' || value === null || !('stream' in value) || typeof value.stream !== 'function') {
    return false;
  }
  const tag = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  return (tag === 'Blob' || tag === 'File') && 'size' in value && typeof value.size === 'number';
}

function streamOf(source: StreamSource): Readable {
  if (isStream(source)) {
    // Only byte streams are known to give chunks that can be sent.
    if (source.readableObjectMode !== true) markUsed(source);
    return source.readableObjectMode === true
      ? readableFrom(checkedChunksAsync(source), () => source.destroy())
      : guarded(source);
  }
  if (source instanceof ReadableStream) {
    markUsed(source);
    return guarded(Readable.fromWeb(source as Parameters<typeof Readable.fromWeb>[0]));
  }
  return readableFrom(checkedChunksAsync(source));
}
