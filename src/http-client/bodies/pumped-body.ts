// A stream whose chunks come from an iterator that is run in the green context that makes the call: it may wait there,
// throw there, and is closed there. undici pulls at one end, the context pushes at the other.
//
// Nothing of the iterator runs before undici asks for the first byte: without a connection it stays as it was.

import { Readable } from 'node:stream';

import { CancelledError } from '../../errors.ts';
import { contextToSuspend, newWaiter, type Task, type Waiter } from '../../pool/index.ts';
import { BODY_AHEAD_BYTES } from './chunks.ts';
import { guarded } from './outgoing-body.ts';
import type { BodyChunk } from './request-body.ts';

type Scope = Parameters<Parameters<Task['runInScope']>[1]>[0];

export class PumpedBody extends Readable {
  /** For a body that this one is a part of, and is pumped in its place. */
  readonly chunks: Iterable<BodyChunk>;
  #waiter: Waiter | null = null;
  /** Set while the iterator has the context: what it waits for then can be cut short. */
  #pulling: Scope | null = null;
  #wanted = false;

  constructor(chunks: Iterable<BodyChunk>) {
    super({ highWaterMark: BODY_AHEAD_BYTES });
    this.chunks = chunks;
    guarded(this);
  }

  /**
   * Runs the iterator to its end, as fast as its chunks are sent. Suspends the context while they are not, and as the
   * iterator does. To be called once, in the context, after the body was given to undici. Who destroys the stream (undici,
   * when the request fails or is answered early; closeBody()) ends it: a wait inside the iterator throws `GREEN_ERR_CANCELLED`
   * there, the iterator is closed, and the call returns.
   *
   * @param call - on whose behalf, for error messages and dumps.
   * @throws what the iterator throws; `GREEN_ERR_CANCELLED` when the context is cancelled, with the iterator closed;
   *   `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`. The stream is destroyed with the same error.
   */
  pump(call: string): void {
    try {
      const task = contextToSuspend(call).task as Task;
      if (!this.#wanted) this.#await(call);
      if (!this.destroyed) task.runInScope(false, (scope) => this.#run(call, scope));
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error('The body failed', { cause: error }));
      throw error;
    }
  }

  override _read(): void {
    this.#wanted = true;
    this.#waiter?.fulfil(undefined);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#pulling?.cancel('explicit', error ?? undefined);
    this.#waiter?.fulfil(undefined);
    callback(error);
  }

  #run(call: string, scope: Scope): void {
    this.#pulling = scope;
    try {
      for (const chunk of this.chunks) {
        this.#pulling = null;
        if (this.destroyed) return;
        if (!this.push(chunk)) this.#await(call);
        if (this.destroyed) return;
        this.#pulling = scope;
      }
    } catch (error) {
      if (CancelledError.scopeOf(error) === scope) return;
      throw error;
    } finally {
      this.#pulling = null;
    }
    if (!this.destroyed) this.push(null);
  }

  /** Until undici asks for more, or the stream is destroyed. */
  #await(call: string): void {
    const waiter = newWaiter(call);
    this.#waiter = waiter;
    waiter.onAbandon = () => this.destroy();
    try {
      if (!this.destroyed) waiter.wait();
    } finally {
      this.#waiter = null;
    }
  }
}
