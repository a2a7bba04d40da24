// Pieces of bodies, checked on their way. What holds nothing is left out: a stream could take it for its end.

import { AsyncResource } from 'node:async_hooks';
import { Readable } from 'node:stream';

import { InvalidRequestError } from '../http-errors.ts';
import { guarded } from './outgoing-body.ts';
import type { BodyChunk } from './request-body.ts';
import { markUsed } from './single-use.ts';

/** How far a body may run ahead of the connection, in bytes. */
export const BODY_AHEAD_BYTES = 65_536;

/** Begins when the first chunk is asked for; until then `source` can be used elsewhere. */
export function* checkedChunks(source: Iterable<unknown>): Generator<BodyChunk, void, undefined> {
  markUsed(source);
  for (const chunk of source) if (assertChunk(chunk).length > 0) yield chunk as BodyChunk;
}

/** As {@link checkedChunks}. */
export async function* checkedChunksAsync(source: AsyncIterable<unknown>): AsyncGenerator<BodyChunk, void, undefined> {
  markUsed(source);
  for await (const chunk of source) if (assertChunk(chunk).length > 0) yield chunk as BodyChunk;
}

/** A byte stream of chunks without empty ones. `onDestroy` is called when it is closed before its end, too. */
export function readableFrom(chunks: Iterable<BodyChunk> | AsyncIterable<BodyChunk>, onDestroy?: () => void): Readable {
  const stream = Readable.from(chunks, { objectMode: false, highWaterMark: BODY_AHEAD_BYTES });
  // undici reads it with the AsyncLocalStorage of whoever used the connection before.
  stream._read = AsyncResource.bind(stream._read);
  if (onDestroy !== undefined) {
    // An async generator that awaits is deaf to return(): what it awaits has to end first.
    const destroy = stream._destroy;
    stream._destroy = (error, callback) => {
      onDestroy();
      destroy.call(stream, error, callback);
    };
  }
  return guarded(stream);
}

function assertChunk(chunk: unknown): BodyChunk {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return chunk;
  throw new InvalidRequestError('Each chunk of a body', 'a string or a Uint8Array');
}
