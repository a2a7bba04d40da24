// Undoes the codings of a body that is there as a whole. A small one is decoded at once, which is quicker than a trip to
// zlib's threads; a large one there, so that it does not hold the event loop.

import { kMaxLength } from 'node:buffer';

import { type Coding, type Decompressor, decompressorFor } from './codings.ts';
import { DecodingFailure, decodingFailure } from './decoding-failure.ts';

const MAX_SYNC_INPUT_BYTES = 16 * 1024;
const MAX_SYNC_OUTPUT_BYTES = 256 * 1024;

interface WithEngine {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/**
 * The decoded body: at once if it is small, else a promise. An empty body stays empty, whatever its codings: the answer
 * to HEAD has none. After a gzip body only zeros, or another gzip member, may follow; what else follows is an error and
 * not dropped, because it may as well be the body's rest.
 *
 * @param maxBytes - the most bytes that any step may give; Infinity for no limit.
 * @throws DecodingFailure, at once or as the promise's rejection.
 */
export function decodeBuffered(body: Buffer, codings: readonly Coding[], maxBytes: number): Buffer | Promise<Buffer> {
  let decoded = body;
  for (let left = codings.length; left > 0; left--) {
    if (decoded.length === 0) return decoded;
    const next = decodeNow(decoded, codings[left - 1] as Coding, maxBytes);
    if (next === null) return decodeLater(decoded, codings.slice(0, left), maxBytes);
    decoded = next;
  }
  return decoded;
}

async function decodeLater(body: Buffer, codings: readonly Coding[], maxBytes: number): Promise<Buffer> {
  let decoded = body;
  for (const coding of codings.toReversed()) {
    if (decoded.length > 0) decoded = await decodeByThread(decoded, coding, maxBytes);
  }
  return decoded;
}

/** Null if it is too much to be done at once. */
function decodeNow(body: Buffer, coding: Coding, maxBytes: number): Buffer | null {
  if (body.length > MAX_SYNC_INPUT_BYTES) return null;
  const maxOutputLength = Math.min(maxBytes, MAX_SYNC_OUTPUT_BYTES);
  try {
    const { sync, stopsEarly } = decompressorFor(coding, body);
    const { buffer, engine } = sync(body, { maxOutputLength, info: true }) as WithEngine;
    return stopsEarly && engine.bytesWritten < body.length ? null : buffer;
  } catch (error) {
    const failure = decodingFailure(coding, error);
    if (failure.kind === 'too-large' && maxOutputLength < maxBytes) return null;
    throw failure;
  }
}

async function decodeByThread(body: Buffer, coding: Coding, maxBytes: number): Promise<Buffer> {
  const { stopsEarly } = decompressorFor(coding, body);
  const frames: Buffer[] = [];
  let bytes = 0;
  for (let rest = body; rest.length > 0; ) {
    const { buffer, engine } = await decodeFrame(rest, coding, maxBytes - bytes);
    frames.push(buffer);
    bytes += buffer.length;
    rest = stopsEarly ? rest.subarray(engine.bytesWritten) : rest.subarray(rest.length);
  }
  return frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames, bytes);
}

function decodeFrame(body: Buffer, coding: Coding, maxBytes: number): Promise<WithEngine> {
  const { async }: Decompressor = decompressorFor(coding, body);
  // zlib wants a limit of 1 or more.
  const maxOutputLength = Math.max(1, Math.min(maxBytes, kMaxLength));
  return new Promise((resolve, reject) => {
    async(body, { maxOutputLength, info: true }, (error, result) => {
      if (error !== null) reject(decodingFailure(coding, error));
      else if ((result as WithEngine).buffer.length > maxBytes) {
        reject(new DecodingFailure('too-large', coding, undefined));
      } else resolve(result as WithEngine);
    });
  });
}
