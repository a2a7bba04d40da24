// Counts a body as it goes out. undici 7 tells its handlers nothing of that.

import { AsyncResource } from 'node:async_hooks';
import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream';

import type { HttpProgress } from '../request-options.ts';
import { BODY_AHEAD_BYTES, readableFrom } from './chunks.ts';
import { guarded, isStream } from './outgoing-body.ts';
import type { OutgoingBody } from './request-body.ts';

/**
 * The same body, as a stream that calls `onProgress` for every chunk that was taken from it, and at least once. It needs
 * a content-length of its own, even if the body was bytes. A PumpedBody is still to be pumped: itself, not what comes back.
 * The callback runs outside any context, with the caller's AsyncLocalStorage; what it throws ends the request.
 */
export function withProgress(
  body: OutgoingBody,
  total: number | null,
  onProgress: (progress: HttpProgress) => void,
): Readable {
  const source = isStream(body) ? body : readableFrom(slices(typeof body === 'string' ? Buffer.from(body) : body));
  return guarded(new Meter(source, total, onProgress));
}

class Meter extends Transform {
  readonly #source: Readable;
  readonly #total: number | null;
  readonly #report: (progress: HttpProgress) => void;
  #begun = false;
  #transferred = 0;
  /** Of the chunk that is ready; with no buffer of its own, the stream gets the next one when this one is taken. */
  #readyBytes = 0;

  constructor(source: Readable, total: number | null, onProgress: (progress: HttpProgress) => void) {
    super({ highWaterMark: 0 });
    this.#source = source;
    this.#total = total;
    this.#report = AsyncResource.bind(onProgress);
  }

  // Not before undici reads: what makes the body has not begun until then.
  override _read(size: number): void {
    if (!this.#begun) {
      this.#begun = true;
      pipeline(this.#source, this, () => {}); // an error of either ends both
    }
    super._read(size);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    const failure = this.#readyBytes > 0 ? this.#tell() : null;
    this.#readyBytes = chunk.length;
    callback(failure, chunk);
  }

  override _flush(callback: TransformCallback): void {
    callback(this.#tell());
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#begun) this.#source.destroy();
    super._destroy(error, callback);
  }

  #tell(): Error | null {
    this.#transferred += this.#readyBytes;
    try {
      this.#report({ transferred: this.#transferred, total: this.#total });
      return null;
    } catch (error) {
      return error instanceof Error ? error : new Error('onProgress failed', { cause: error });
    }
  }
}

function* slices(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += BODY_AHEAD_BYTES) yield bytes.subarray(at, at + BODY_AHEAD_BYTES);
}
