// Whole streams in sync style: read to the end, by lines, by chunks; written to the end.

import type { Readable, Writable } from 'node:stream';

import { InvalidOptionError, StreamClosedError } from '../../errors.ts';
import { assertLimits, type WaitOptions, wait } from '../../pool/index.ts';
import { CallLimits } from '../call-limits.ts';
import { GreenStream, greenStream, type ReadLineOptions } from '../green-stream.ts';
import type { ReadBodyOptions } from '../read-body.ts';
import { assertWritable, writeWithin } from '../write-chunk.ts';

const LIMIT: readonly string[] = ['limit'];

/**
 * The rest of a stream, as bytes. **Suspends the context** until it has ended. If it fails, what had come is for whoever
 * reads next.
 *
 * @param options - `limit`: the most bytes, 0 or more, default 1,048,576; and limits of the waiting, as in `wait()`.
 * @throws `GREEN_ERR_BODY_TOO_LARGE` for more, `GREEN_ERR_STREAM_CLOSED` when it is closed before its end,
 *   `GREEN_ERR_STREAM_BUSY` when it has another reader, and its own error.
 * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`,
 *   `GREEN_ERR_OPT_INVALID` as `wait()`.
 */
export function readAll(stream: Readable, options: ReadBodyOptions = {}): Buffer {
  if (typeof stream?.on !== 'function') throw new InvalidOptionError('readAll() stream', 'a Readable', stream);
  assertLimits(options, LIMIT);
  const { limit, ...times } = options;
  const limits = new CallLimits('readAll()', times);
  limits.contextToSuspend();
  const reader = new GreenStream(stream, {}, limits);
  try {
    return reader.read(undefined, limit === undefined ? {} : { limit });
  } finally {
    reader.close();
  }
}

/**
 * The rest of a stream, line by line as UTF-8 text, without the endings (`\n` or `\r\n`). Each step **suspends the
 * context** until the next line is there. Ending the loop early leaves what follows to other readers.
 *
 * @param options - `limit`: the most bytes of a line, 1 or more, default 65,536; `timeout` and `signal` limit each single
 *   waiting, as in `wait()`.
 * @throws (from a step) `GREEN_ERR_BODY_TOO_LARGE` for a longer line; `GREEN_ERR_STREAM_BUSY` when it has another reader;
 *   and as {@link readAll}.
 */
export function* lines(
  stream: Readable,
  options: ReadLineOptions & WaitOptions = {},
): Generator<string, void, undefined> {
  assertLimits(options, LIMIT);
  const { limit, timeout, signal } = options;
  const reader = greenStream(stream, { timeout, signal });
  try {
    yield* reader.lines(limit === undefined ? {} : { limit });
  } finally {
    reader.close();
  }
}

/**
 * What an async iterable gives, such as a Readable's chunks or objects, in a plain loop. Each step **suspends the
 * context** until there is more. Ending the loop early ends the source: a stream is destroyed, a generator returns.
 *
 * @param options - `timeout` and `signal` limit each step, as in `wait()`; the source is ended then, too.
 * @throws (from a step) what the source throws; `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`,
 *   `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`, `GREEN_ERR_OPT_INVALID` as `wait()`.
 */
export function* iterate<T>(source: AsyncIterable<T>, options: WaitOptions = {}): Generator<T, void, undefined> {
  if (typeof source?.[Symbol.asyncIterator] !== 'function') {
    throw new InvalidOptionError('iterate() source', 'an async iterable', source);
  }
  const iterator = source[Symbol.asyncIterator]();
  let asking = false;
  let done = false;
  const fail = (): void => {
    done = true;
  };
  try {
    for (;;) {
      done = true; // what fails by itself, nobody has to end: as in for await … of
      const coming = Promise.resolve(iterator.next());
      done = false;
      coming.catch(fail);
      asking = true;
      const step = wait(coming, options);
      asking = false;
      done = step.done === true;
      if (done) return;
      yield step.value as T;
    }
  } finally {
    if (!done) end(source, iterator, asking);
  }
}

function end(source: unknown, iterator: AsyncIterator<unknown>, asking: boolean): void {
  const { destroy } = source as Partial<Readable>;
  if (asking && typeof destroy === 'function') destroy.call(source as Readable);
  const returned = iterator.return?.();
  // A generator that is still at work for a step returns when it likes.
  if (asking) returned?.catch(() => {});
  else if (returned !== undefined) wait(returned);
}

export interface WriteAllOptions extends WaitOptions {
  /** Ends the stream, and waits until all of it is flushed. Default false. */
  end?: boolean;
}

/**
 * Writes text (as UTF-8) or bytes, or all of them that an iterable gives, at the pace of the stream's reader.
 * **Suspends the context** while the stream's buffer is over its high-water mark.
 *
 * @param options - `end`; and limits of the whole call, as in `wait()`. Given up, it has written some of it.
 * @throws `GREEN_ERR_STREAM_CLOSED` when the stream has ended or is closed, and its own error.
 * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`,
 *   `GREEN_ERR_OPT_INVALID` as `wait()`.
 */
export function writeAll(
  stream: Writable,
  chunks: string | Uint8Array | Iterable<string | Uint8Array>,
  options: WriteAllOptions = {},
): void {
  assertWritable('writeAll() stream', stream);
  const limits = new CallLimits('writeAll()', options, ['end']);
  const all = typeof chunks === 'string' || chunks instanceof Uint8Array ? [chunks] : chunks;
  if (typeof all?.[Symbol.iterator] !== 'function') {
    throw new InvalidOptionError('writeAll() chunks', 'text, bytes, or an iterable of them', chunks);
  }
  for (const chunk of all) writeWithin(limits, stream, chunk);
  if (options.end !== true) return;
  const waiter = limits.newWaiter();
  if (stream.writableFinished) return;
  const onFinish = (): void => waiter.fulfil(undefined);
  const onClose = (): void => waiter.reject(stream.errored ?? new StreamClosedError('write'));
  stream.on('finish', onFinish).on('close', onClose).on('error', onClose);
  if (stream.destroyed || stream.errored) onClose();
  else if (!stream.writableEnded) stream.end();
  limits.wait(waiter, () => stream.off('finish', onFinish).off('close', onClose).off('error', onClose));
}
