// Writing to a stream at the pace of its reader.

import type { Writable } from 'node:stream';

import { InvalidOptionError, StreamClosedError } from '../errors.ts';
import type { WaitOptions } from '../pool/index.ts';
import { CallLimits } from './call-limits.ts';

const DRAINED = Symbol('drained');

/**
 * Writes `chunk` and, if the stream has then more in its buffer than its high-water mark, suspends the context until it
 * has drained: what a reader does not take does not pile up in memory.
 *
 * @param stream - any Writable, such as a server's response.
 * @param options - limits of the waiting; see `wait()`.
 * @throws `GREEN_ERR_STREAM_CLOSED` when the stream has ended, or is closed before it has drained: for a response, the
 *   client has gone. Asked first, because a destroyed stream never drains.
 * @throws the stream's own error; `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT` and
 *   `GREEN_ERR_WAIT_FORBIDDEN` as `wait()`, the last two before anything is written; `GREEN_ERR_OPT_INVALID`.
 */
export function writeChunk(stream: Writable, chunk: string | Uint8Array, options: WaitOptions = {}): void {
  assertWritable('writeChunk() stream', stream);
  writeWithin(new CallLimits('writeChunk()', options), stream, chunk);
}

/** @throws `GREEN_ERR_OPT_INVALID` */
export function assertWritable(what: string, stream: unknown): void {
  if (typeof (stream as Partial<Writable> | null | undefined)?.write === 'function') return;
  throw new InvalidOptionError(what, 'a Writable', stream);
}

/** writeChunk(), as part of a call with these limits. */
export function writeWithin(limits: CallLimits, stream: Writable, chunk: string | Uint8Array): void {
  limits.contextToSuspend(); // elsewhere nothing is written
  if (isGone(stream) || stream.writableEnded) throw new StreamClosedError('write');
  if (stream.write(chunk)) return;
  const waiter = limits.newWaiter();
  const onDrain = (): void => waiter.fulfil(DRAINED);
  const onClose = (): void => waiter.fulfil(undefined);
  const onError = (error: Error): void => waiter.reject(error);
  // One that somebody ends meanwhile is flushed, but never drains.
  stream.on('drain', onDrain).on('finish', onDrain).on('close', onClose).on('error', onError);
  const outcome = limits.wait(waiter, () => {
    stream.off('drain', onDrain).off('finish', onDrain).off('close', onClose).off('error', onError);
  });
  if (outcome !== DRAINED) throw new StreamClosedError('write');
}

/** A response of HTTP/2 is no Writable in this: it has a stream that is. */
function isGone(stream: Writable & { readonly stream?: Writable }): boolean {
  return stream.destroyed || stream.stream?.destroyed === true;
}
