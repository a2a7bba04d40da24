// The whole of a request's body, read in sync style.

import type { Readable } from 'node:stream';

import { BodyTooLargeError, InvalidOptionError } from '../errors.ts';
import { assertInteger, assertLimits, newWaiter, type WaitOptions, waitWithin } from '../pool/index.ts';
import { closingError } from './closing-error.ts';

export interface ReadBodyOptions extends WaitOptions {
  /** The most bytes that are accepted: 0 to 2^53 - 1. Default 1,048,576, as Fastify's `bodyLimit`. */
  limit?: number;
}

const DEFAULT_LIMIT_BYTES = 1_048_576;
const LIMIT: readonly string[] = ['limit'];

/**
 * Reads a stream to its end and returns its bytes. Suspends the context until they are there.
 *
 * @param stream - any Readable: an `http.IncomingMessage`, say. One that has been read to its end gives no bytes.
 * @param options - `limit`, and the limits of the waiting; see `wait()`.
 * @throws `GREEN_ERR_BODY_TOO_LARGE` (status 413) as soon as more than `limit` bytes are announced or there; the rest is
 *   then left unread.
 * @throws `GREEN_ERR_STREAM_CLOSED` when the client goes before all is there; the stream's own error; and as `wait()`:
 *   `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`,
 *   `GREEN_ERR_OPT_INVALID`.
 */
export function readBody(stream: Readable, options: ReadBodyOptions = {}): Buffer {
  if (typeof stream?.on !== 'function') throw new InvalidOptionError('readBody() stream', 'a Readable', stream);
  assertLimits(options, LIMIT);
  const { limit = DEFAULT_LIMIT_BYTES } = options;
  assertInteger('limit', limit, 0, Number.MAX_SAFE_INTEGER);
  const waiter = newWaiter('readBody()');
  if (stream.readableEnded) return Buffer.alloc(0);
  if (stream.destroyed) throw closingError(stream);
  const announced = Number((stream as { headers?: Record<string, string> }).headers?.['content-length']);
  if (announced > limit) throw new BodyTooLargeError(limit);

  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const onData = (chunk: unknown): void => {
    const buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (!(buffer instanceof Uint8Array)) {
      waiter.reject(new InvalidOptionError('readBody() stream', 'of text or bytes', chunk));
      return;
    }
    bytes += buffer.length;
    if (bytes > limit) waiter.reject(new BodyTooLargeError(limit));
    else chunks.push(buffer);
  };
  const onEnd = (): void => waiter.fulfil(Buffer.concat(chunks, bytes));
  const onClose = (): void => waiter.reject(closingError(stream));
  const onError = (error: Error): void => waiter.reject(closingError(stream, error));
  stream.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onError);
  stream.resume(); // it may have been paused until somebody reads it
  return waitWithin(waiter, 'readBody()', options, () => {
    stream.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onError);
    stream.pause();
  }) as Buffer;
}
