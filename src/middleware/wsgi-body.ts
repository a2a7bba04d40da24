// The body of a WSGI-shaped handler as an iterator that looks after the iterable's `close()`.

import { ResponseInvalidError } from '../errors.ts';

type Chunk = string | Uint8Array;

/** `close()` is called once: at the end, after a failure, and when the client has gone. Runs in contexts. */
export function wsgiBody(body: unknown): Iterator<Chunk> {
  if (typeof (body as Partial<Iterable<Chunk>>)[Symbol.iterator] !== 'function') {
    throw new ResponseInvalidError('body', 'a string, a Uint8Array, or an iterable of them', body);
  }
  return new ClosingIterator(body as Iterable<Chunk> & { close?: unknown });
}

class ClosingIterator implements Iterator<Chunk> {
  readonly #body: { close?: unknown };
  readonly #chunks: Iterator<Chunk>;
  #closed = false;

  constructor(body: Iterable<Chunk> & { close?: unknown }) {
    this.#body = body;
    this.#chunks = body[Symbol.iterator]();
  }

  next(): IteratorResult<Chunk> {
    let next: IteratorResult<Chunk> | null = null;
    try {
      next = this.#chunks.next();
      return next;
    } finally {
      if (next === null || next.done === true) this.#close();
    }
  }

  return(): IteratorResult<Chunk> {
    try {
      this.#chunks.return?.();
    } finally {
      this.#close();
    }
    return { done: true, value: undefined };
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (typeof this.#body.close === 'function') this.#body.close();
  }
}
