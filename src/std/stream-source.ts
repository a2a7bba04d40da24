// Takes from a Readable what it has next, in sync style, for one reader at a time.

import type { Readable } from 'node:stream';

import { StreamBusyError, StreamClosedError } from '../errors.ts';
import { newWaiter, type WaitOptions, waitWithin } from '../pool/index.ts';
import type { CallLimits } from './call-limits.ts';
import { closingError } from './closing-error.ts';

const readers = new WeakMap<Readable, StreamSource>();

export class StreamSource {
  readonly stream: Readable;
  readonly #options: WaitOptions;
  #closed = false;
  /** End the waiting of contexts that wait for more. */
  readonly #wakes = new Set<() => void>();

  constructor(stream: Readable, options: WaitOptions) {
    this.stream = stream;
    this.#options = options;
  }

  /** What the stream has next; null at its end. Suspends the context until it is there, within `limits` if given. */
  next(limits?: CallLimits): unknown {
    if (this.#closed) throw new StreamClosedError('read');
    const { stream } = this;
    if (stream.readableEnded) return null;
    this.#own();
    for (;;) {
      const chunk: unknown = stream.read();
      if (chunk !== null) return chunk;
      if (stream.readableEnded) return null;
      if (stream.destroyed) throw closingError(stream);
      this.#awaitMore(limits);
      if (this.#closed) throw new StreamClosedError('read');
    }
  }

  /** Lets others read on; who waits in `next()` throws. `rest` gives what has been taken and is to be put back; null for nothing. */
  close(rest: () => Buffer | null): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const wake of this.#wakes) wake();
    const { stream } = this;
    const unread = rest();
    if (unread !== null && !stream.readableEnded && !stream.destroyed) putBack(stream, unread);
    if (readers.get(stream) === this) readers.delete(stream);
  }

  #own(): void {
    const { stream } = this;
    const reader = readers.get(stream);
    if (reader === this) return;
    if (stream.destroyed && stream.readableLength === 0) throw closingError(stream);
    const taken = stream.readableFlowing === true || stream.listenerCount('data') > 0;
    if (reader !== undefined || taken || stream.listenerCount('readable') > 0) throw new StreamBusyError();
    readers.set(stream, this);
  }

  #awaitMore(limits: CallLimits | undefined): void {
    const { stream } = this;
    const waiter = limits?.newWaiter() ?? newWaiter('greenStream()');
    const onMore = (): void => waiter.fulfil(undefined);
    const onError = (error: Error): void => waiter.reject(closingError(stream, error));
    stream.on('readable', onMore).on('end', onMore).on('close', onMore).on('error', onError);
    const stop = (): void => {
      this.#wakes.delete(wake);
      stream.off('readable', onMore).off('end', onMore).off('close', onMore).off('error', onError);
    };
    const wake = (): void => {
      stop();
      waiter.reject(new StreamClosedError('read'));
    };
    this.#wakes.add(wake);
    if (limits === undefined) waitWithin(waiter, 'greenStream()', this.#options, stop);
    else limits.wait(waiter, stop);
  }
}

/** In the shape of the stream's own chunks, which a reader would join it to. */
function putBack(stream: Readable, bytes: Buffer): void {
  const encoding = stream.readableEncoding;
  if (encoding === null) stream.unshift(bytes);
  else stream.unshift(bytes.toString(encoding), encoding);
}
