// A reply that is an iterator, a generator above all: each step runs in a context, where it may wait, and only as long as
// the client reads. Between steps it holds no worker.

import { AsyncResource } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

import { ChunkInvalidError } from '../errors.ts';
import { currentContext, type Held, type Holder, leaveHeld, passHeld } from '../pool/index.ts';
import { type ClientWatcher, watchClient } from './client-gone.ts';
import { connectionOf, cutOff, endKeepAlive, resetStream } from './connection.ts';
import { StepTask } from './iterator-step.ts';
import type { ClosableStream, RequestPool } from './pools.ts';
import type { RequestTask } from './request-task.ts';

/** Generators and iterators; no arrays, strings, Buffers, Maps or streams. */
export function isIterator(value: unknown): value is Iterator<unknown> {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) return false;
  return typeof (value as { next?: unknown }).next === 'function';
}

/** Whose reply it is: a RequestTask, say. */
export type StreamOwner = Pick<RequestTask, 'response' | 'label' | 'queuedAtMs'> & {
  readonly settings: { readonly pool: RequestPool };
};

export class IteratorStream extends Readable implements ClosableStream, ClientWatcher, Holder {
  at = 0;
  /** What the iterator has from its earlier steps: the task that began it, and each step, leave it here. */
  held: Set<Held> | null = null;
  readonly arrivedAtMs: number;
  older: ClientWatcher | undefined = undefined;
  readonly #iterator: Iterator<unknown>;
  readonly #pool: RequestPool;
  readonly #response: ServerResponse;
  readonly #label: string | null;
  /** Reads come from whatever socket event there is; steps belong to the request. */
  readonly #resource = new AsyncResource('GREENROOM_STREAM');
  #step: StepTask | null = null;
  #done = false;

  /**
   * Runs the iterator up to its first chunk, here, so that what fails before it is answered with an error and not with
   * half a reply. Suspends the context as far as the iterator does.
   */
  static start(iterator: Iterator<unknown>, owner: StreamOwner): IteratorStream {
    const first = iterator.next();
    try {
      assertChunk(first);
    } catch (error) {
      iterator.return?.();
      throw error;
    }
    return new IteratorStream(iterator, first, owner);
  }

  private constructor(iterator: Iterator<unknown>, first: IteratorResult<unknown>, owner: StreamOwner) {
    super();
    this.#iterator = iterator;
    this.#pool = owner.settings.pool;
    this.#response = owner.response;
    this.#label = owner.label;
    this.arrivedAtMs = owner.queuedAtMs;
    this.#pool.addStream(this);
    const task = currentContext()?.task;
    if (task) passHeld(task, this);
    this.#take(first);
    watchClient(this.#response, this);
  }

  override _read(): void {
    if (this.#step === null && !this.#done) this.#dispatch(() => this.#readOn());
  }

  /** The client has gone, or the reply failed: what the iterator holds is given back, in a context. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#pool.removeStream(this);
    const finish = (failure: Error | null): void => {
      leaveHeld(this);
      callback(error ?? failure);
    };
    const end = (): void => {
      if (this.#done || this.#iterator.return === undefined) {
        finish(null);
        return;
      }
      this.#done = true;
      this.#dispatch(() => this.#iterator.return?.(), finish);
    };
    if (this.#step === null) {
      end();
      return;
    }
    // The step ends by its cancellation, and runs the iterator's `finally` on its way.
    this.#step.afterwards = end;
    this.#step.requestCancel('disconnect');
  }

  disconnect(): void {
    this.destroy();
  }

  abort(): void {
    this.destroy();
    cutOff(this.#response);
  }

  get connection(): object | null {
    return connectionOf(this.#response);
  }

  endKeepAlive(): void {
    endKeepAlive(this.#response);
  }

  #readOn(): void {
    while (!this.#done) {
      const next = this.#iterator.next();
      assertChunk(next);
      if (!this.#take(next)) return;
    }
  }

  /** True if the client takes more. */
  #take({ done, value }: IteratorResult<unknown>): boolean {
    if (done === true) {
      this.#done = true;
      this.push(null);
      return false;
    }
    return !this.destroyed && this.push(value);
  }

  #dispatch(run: () => unknown, afterwards?: (failure: Error | null) => void): void {
    const step = this.#resource.runInAsyncScope(() => new StepTask(run, this, this.#label, this.#stepEnded));
    step.afterwards = afterwards ?? null;
    this.#step = step;
    try {
      this.#pool.pool.dispatch(step);
    } catch (error) {
      this.#stepEnded(step, error as Error);
    }
  }

  readonly #stepEnded = (step: StepTask, failure: Error | null): void => {
    this.#step = null;
    if (step.afterwards !== null) step.afterwards(failure);
    else if (failure !== null) {
      resetStream(this.#response);
      this.destroy(failure);
    }
  };
}

function assertChunk({ done, value }: IteratorResult<unknown>): void {
  if (done === true || typeof value === 'string' || value instanceof Uint8Array) return;
  throw new ChunkInvalidError(value);
}
