// Takes a body's chunks as they come: in sync style or by promises, for one reader.

import type { Readable } from 'node:stream';

import { newWaiter } from '../../pool/index.ts';
import type { StreamErrors } from './stream-errors.ts';

export class BodyReader {
  readonly #body: Readable;
  readonly #errors: StreamErrors;
  #wake: (() => void) | null = null;

  constructor(body: Readable, errors: StreamErrors) {
    this.#body = body;
    this.#errors = errors;
    body.on('readable', this.#onEvent).on('end', this.#onEvent).on('error', this.#onEvent).on('close', this.#onClose);
  }

  /** The next chunk; null at the end. Suspends the context until it is there. */
  read(call: string): Buffer | null {
    for (;;) {
      const chunk = this.#take();
      if (chunk !== undefined) return chunk;
      const waiter = newWaiter(call);
      this.#wake = () => waiter.fulfil(undefined);
      try {
        waiter.wait();
      } finally {
        this.#wake = null;
      }
    }
  }

  /** As read(), by promise. */
  async readLater(): Promise<Buffer | null> {
    for (;;) {
      const chunk = this.#take();
      if (chunk !== undefined) return chunk;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }

  /** Undefined if the next chunk is still to come. */
  #take(): Buffer | null | undefined {
    const body = this.#body;
    const chunk = body.read() as Buffer | null;
    if (chunk !== null) return chunk;
    if (body.readableEnded) return null;
    if (body.errored !== null) throw this.#errors.broken(body.errored, this.#take);
    if (body.destroyed) throw this.#errors.consumed();
    return undefined;
  }

  readonly #onEvent = (): void => this.#wake?.();

  readonly #onClose = (): void => {
    const body = this.#body;
    body
      .off('readable', this.#onEvent)
      .off('end', this.#onEvent)
      .off('error', this.#onEvent)
      .off('close', this.#onClose);
    this.#wake?.();
  };
}
