// A body that is read once, by one reader: who reads it, who holds it, and when it is closed. HttpStream is its face.
//
// Held: the task that made the stream, or that read it last, has it, and closes it when it ends without having passed it
// on. Lost: what no task holds and nobody refers to any more is closed by the garbage collector.

import type { Readable } from 'node:stream';

import { isCancelled } from '../../errors.ts';
import { contextToSuspend, currentContext, type Held, type Holder, Task } from '../../pool/index.ts';
import { BodyReader } from './body-reader.ts';
import { type OpenBodyOptions, openBody } from './open-body.ts';
import type { ResponseHead } from './response-head.ts';
import { type Splitter, TooLong } from './splitter.ts';
import { StreamErrors } from './stream-errors.ts';

// The Readable knows nothing of its StreamBody, or this would never be called.
const lost = new FinalizationRegistry<Readable>((readable) => readable.destroy());

export class StreamBody implements Held {
  readonly #face: object;
  readonly #errors: StreamErrors;
  readonly #source: Readable;
  readonly #readable: Readable;
  #claimed = false;
  #closed = false;
  #taken = false;
  #iterator: unknown = null;
  #holder: Holder | null = null;

  /** `face` is what the user has: a task that returns it passes this on. */
  constructor(face: object, head: ResponseHead, source: Readable, options: OpenBodyOptions) {
    this.#face = face;
    this.#errors = new StreamErrors(head);
    this.#source = source;
    this.#readable = openBody(source, head, options, this.#errors);
    if (head.green) this.#heldBy(currentContext()?.task ?? null);
    lost.register(this, this.#readable, this);
  }

  /** Gives the decoded stream away: from now on it is the caller's to end. */
  take(): Readable {
    if (this.#closed || this.#claimed) throw this.#errors.consumed();
    this.#taken = true;
    lost.unregister(this);
    return this.#readable;
  }

  /** Reserves the stream for a reader of its own. */
  claim(): Readable {
    const { readableDidRead, readableFlowing } = this.#readable;
    if (this.#closed || this.#claimed || readableDidRead || readableFlowing === true) throw this.#errors.consumed();
    this.#claimed = true;
    return this.#readable;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#heldBy(null);
    lost.unregister(this);
    this.#readable.destroy();
    this.#source.destroy(); // which the other end's closing reaches a moment later only
  }

  /** All of it, or its first `maxBytes`; then closes. Suspends the context. */
  readAll(call: string, collected: Collected): Buffer {
    contextToSuspend(call); // outside a context it complains now, and reserves nothing
    const reader = this.#newReader();
    try {
      while (collected.push(this.#read(reader, call)));
    } finally {
      this.close();
    }
    return collected.bytes;
  }

  /** As readAll(), by promise. */
  async readAllLater(collected: Collected): Promise<Buffer> {
    const reader = this.#newReader();
    try {
      while (collected.push(await reader.readLater()));
    } finally {
      this.close();
    }
    return collected.bytes;
  }

  iterate<T>(call: string, splitter: Splitter<T>): Generator<T, void, undefined> {
    contextToSuspend(call);
    const iterator = this.#steps(call, this.#newReader(), splitter);
    // Brought into its `try`: only then does return() run its `finally`.
    iterator.next();
    this.#iterator = iterator;
    return iterator;
  }

  iterateLater<T>(splitter: Splitter<T>): AsyncGenerator<T, void, undefined> {
    const iterator = this.#stepsLater(this.#newReader(), splitter);
    void iterator.next();
    return iterator;
  }

  leftBy(holder: Holder): void {
    if (this.#holder !== holder) return;
    if (holder instanceof Task && this.#passedOnBy(holder)) this.#heldBy(null);
    else this.close();
  }

  passTo(heir: Holder): void {
    this.#heldBy(heir);
  }

  /** Whether `task`, which has ended, leaves this to somebody who will look after it. */
  #passedOnBy({ failed, value }: Task): boolean {
    if (failed) return this.#readable.readableFlowing === true && !isCancelled(value);
    return this.#taken || value === this.#face || (value !== null && value === this.#iterator);
  }

  #heldBy(holder: Holder | null): void {
    if (this.#holder === holder) return;
    this.#holder?.held?.delete(this);
    this.#holder = holder;
    if (holder === null) return;
    holder.held ??= new Set();
    holder.held.add(this);
  }

  #newReader(): BodyReader {
    return new BodyReader(this.claim(), this.#errors);
  }

  /** Who reads it has it. */
  #read(reader: BodyReader, call: string): Buffer | null {
    this.#heldBy(currentContext()?.task ?? null);
    return reader.read(call);
  }

  *#steps<T>(call: string, reader: BodyReader, splitter: Splitter<T>): Generator<T, void, undefined> {
    try {
      yield undefined as T;
      for (let chunk = this.#read(reader, call); chunk !== null; chunk = this.#read(reader, call)) {
        yield* splitter.push(chunk);
      }
      yield* splitter.end();
    } catch (error) {
      throw error instanceof TooLong ? this.#errors.tooLarge(error.limit, error.option) : error;
    } finally {
      this.close();
    }
  }

  async *#stepsLater<T>(reader: BodyReader, splitter: Splitter<T>): AsyncGenerator<T, void, undefined> {
    try {
      yield undefined as T;
      for (let chunk = await reader.readLater(); chunk !== null; chunk = await reader.readLater()) {
        yield* splitter.push(chunk);
      }
      yield* splitter.end();
    } catch (error) {
      throw error instanceof TooLong ? this.#errors.tooLarge(error.limit, error.option) : error;
    } finally {
      this.close();
    }
  }
}

/** What was read so far, and whether that is enough. */
export class Collected {
  readonly #chunks: Buffer[] = [];
  #left: number;

  constructor(maxBytes: number = Number.POSITIVE_INFINITY) {
    this.#left = maxBytes;
  }

  /** False when there is enough. */
  push(chunk: Buffer | null): boolean {
    if (chunk === null) return false;
    this.#chunks.push(chunk.length > this.#left ? chunk.subarray(0, this.#left) : chunk);
    this.#left -= chunk.length;
    return this.#left > 0;
  }

  get bytes(): Buffer {
    return this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
  }
}
