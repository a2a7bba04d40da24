// The body of a streamed response, as it comes off the wire: a Readable that holds the connection back while nobody reads.

import type { AsyncResource } from 'node:async_hooks';
import { Readable } from 'node:stream';

/** The exchange that fills it. */
export interface SourceOwner {
  /** The reader wants more. */
  sourceWantsMore(): void;
  /** The reader has gone, or everything is read. */
  sourceClosed(): void;
}

export class BodySource extends Readable {
  readonly #owner: SourceOwner;
  readonly #resource: AsyncResource;

  /** @param resource - of the call: what undici calls back runs with the AsyncLocalStorage of some other request. */
  constructor(owner: SourceOwner, resource: AsyncResource) {
    super({ highWaterMark: 64 * 1024 });
    this.#owner = owner;
    this.#resource = resource;
    this.on('error', ignore); // it may fail before anybody has it
  }

  /** False if the reader does not keep up. */
  accept(chunk: Buffer): boolean {
    return this.#resource.runInAsyncScope(pushTo, this, chunk);
  }

  complete(): void {
    this.#resource.runInAsyncScope(pushTo, this, null);
  }

  fail(error: Error): void {
    this.#resource.runInAsyncScope(destroy, this, error);
  }

  override _read(): void {
    this.#owner.sourceWantsMore();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#owner.sourceClosed();
    callback(error);
  }
}

function ignore(): void {}

function pushTo(this: BodySource, chunk: Buffer | null): boolean {
  return this.push(chunk);
}

function destroy(this: BodySource, error: Error): void {
  this.destroy(error);
}
