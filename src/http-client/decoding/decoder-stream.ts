// Undoes one coding of a body that comes bit by bit. The decoder itself is made at the first byte, because a body
// without any is no error, and because deflate shows only there which of its two formats it has.

import { Transform, type TransformCallback } from 'node:stream';

import { type Coding, decompressorFor, type ZlibStream } from './codings.ts';
import { decodingFailure } from './decoding-failure.ts';

/** Turns a decoder's failure into the error that readers shall see. */
export type FailureMap = (coding: Coding, cause: unknown) => Error;

/** Transforms for `codings`, in the order in which the body goes through them. */
export function decoders(codings: readonly Coding[], errorOf: FailureMap = decodingFailure): Transform[] {
  return codings.toReversed().map((coding) => new DecoderStream(coding, errorOf));
}

class DecoderStream extends Transform {
  readonly #coding: Coding;
  readonly #errorOf: FailureMap;
  #decoder: ZlibStream | null = null;
  #stopsEarly = false;

  constructor(coding: Coding, errorOf: FailureMap) {
    super();
    this.#coding = coding;
    this.#errorOf = errorOf;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    if (chunk.length === 0) callback();
    else this.#write(this.#decoder ?? this.#open(chunk), chunk, callback);
  }

  override _flush(callback: TransformCallback): void {
    const decoder = this.#decoder;
    if (decoder === null) callback();
    else {
      afterEnd(decoder, callback);
      decoder.end();
    }
  }

  override _read(size: number): void {
    super._read(size);
    this.#decoder?.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#decoder?.destroy();
    callback(error);
  }

  #open(start: Buffer): ZlibStream {
    const { stream, stopsEarly } = decompressorFor(this.#coding, start);
    const decoder = stream();
    decoder.on('data', (chunk: Buffer) => {
      // A chunk can grow a thousandfold: it goes on only as it is read.
      if (!this.push(chunk)) decoder.pause();
    });
    decoder.on('error', (cause) => this.destroy(this.#errorOf(this.#coding, cause)));
    this.#decoder = decoder;
    this.#stopsEarly = stopsEarly;
    return decoder;
  }

  #write(decoder: ZlibStream, chunk: Buffer, callback: TransformCallback): void {
    const before = decoder.bytesWritten;
    decoder.write(chunk, (error) => {
      if (error) return; // 'error' tells it too
      const rest = chunk.subarray(decoder.bytesWritten - before);
      if (!this.#stopsEarly || rest.length === 0) callback();
      else afterEnd(decoder, () => this.#write(this.#open(rest), rest, callback));
    });
  }
}

/** A decoder ends by itself where it finds the body's end, whatever more is written to it. */
function afterEnd(decoder: ZlibStream, callback: () => void): void {
  if (decoder.readableEnded) callback();
  else decoder.once('end', callback);
}
