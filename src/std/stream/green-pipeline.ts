// pipeline() and finished(), which wait in a context when they are called without their callback.

import stream from 'node:stream';
import { pipeline as pipelineLater } from 'node:stream/promises';

import type { WaitOptions } from '../../pool/index.ts';
import { CallLimits } from '../call-limits.ts';
import { callbackTwin } from '../callback-twin.ts';

/** What `pipeline()` may be given last, in a context. */
export interface GreenPipelineOptions extends WaitOptions {
  /** Whether the last stream is ended with the first. Default true. */
  end?: boolean;
}

/** What `finished()` may be given, in a context. */
export interface GreenFinishedOptions extends WaitOptions {
  error?: boolean;
  readable?: boolean;
  writable?: boolean;
}

type Piped = NodeJS.ReadableStream | NodeJS.WritableStream | Iterable<unknown> | AsyncIterable<unknown>;
// biome-ignore lint/suspicious/noExplicitAny: whatever the stage before gives
type Stage = Piped | ((source: any) => Iterable<unknown> | AsyncIterable<unknown>);
type GreenPipeline = (first: Stage, ...others: [...Stage[], Piped | GreenPipelineOptions]) => void;
type GreenFinished = (
  which: NodeJS.ReadableStream | NodeJS.WritableStream | NodeJS.ReadWriteStream,
  options?: GreenFinishedOptions,
) => void;

/**
 * With a callback, and outside a context, exactly Node's own. Without one, in a context, it **suspends the context** until
 * everything has gone through. A failure, a `timeout`, an abort of `signal` and a cancellation destroy all the streams.
 * As Node takes a function in the last place for the callback, a pipeline cannot end in one here.
 *
 * @param streams - as Node's, without the callback; last, if wanted, an object with `timeout`, `signal` and `end`.
 * @throws the error of whichever stream failed; and as `wait()`: `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`,
 *   `GREEN_ERR_WAIT_FORBIDDEN`, `GREEN_ERR_OPT_INVALID`.
 * @example
 * ```ts
 * import { createReadStream, createWriteStream } from 'node:fs';
 * import { createGzip } from 'node:zlib';
 * import { run } from 'greenroom';
 * import { pipeline } from 'greenroom/std/stream';
 *
 * await run(() => pipeline(createReadStream('log'), createGzip(), createWriteStream('log.gz')));
 * ```
 */
export const pipeline: typeof stream.pipeline & GreenPipeline = callbackTwin(stream.pipeline, {
  own: (args, self) => Reflect.apply(stream.pipeline, self, args),
  green: (args) => {
    const given = isPlain(args.at(-1)) ? (args.pop() as GreenPipelineOptions) : {};
    const { timeout, signal, ...options } = given;
    if (signal?.aborted === true) destroyAll(args);
    const limits = new CallLimits('pipeline()', { timeout, signal });
    const waiter = limits.newWaiter();
    const piping = new AbortController();
    const piped = Reflect.apply(pipelineLater, null, [...args, { ...options, signal: piping.signal }]);
    waiter.subscribe(piped as Promise<void>);
    return limits.wait(waiter, () => piping.abort());
  },
}) as never;

/**
 * With a callback, and outside a context, exactly Node's own. Without one, in a context, it **suspends the context** until
 * the stream has ended, been closed or failed. Given up, it leaves the stream as it is.
 *
 * @throws the stream's error, `ERR_STREAM_PREMATURE_CLOSE`; and as `wait()`: `GREEN_ERR_WAIT_TIMEOUT`,
 *   `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_FORBIDDEN`, `GREEN_ERR_OPT_INVALID`.
 */
export const finished: typeof stream.finished & GreenFinished = callbackTwin(stream.finished, {
  own: (args, self) => Reflect.apply(stream.finished, self, args),
  green: ([which, given]) => {
    const { timeout, signal, ...options } = (given ?? {}) as GreenFinishedOptions;
    const limits = new CallLimits('finished()', { timeout, signal });
    const waiter = limits.newWaiter();
    const done = (error?: Error | null): void => (error ? waiter.reject(error) : waiter.fulfil(undefined));
    const stop = stream.finished(which as NodeJS.ReadableStream, options, done);
    return limits.wait(waiter, stop);
  },
}) as never;

/** As Node's pipeline() does, too, when it is not even begun. */
function destroyAll(streams: readonly unknown[]): void {
  for (const each of streams) {
    if (each instanceof stream.Stream) (each as stream.Readable).destroy?.();
  }
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || prototype === null) &&
    !(Symbol.iterator in value || Symbol.asyncIterator in value)
  );
}
