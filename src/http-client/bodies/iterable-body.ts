// A body made by a sync iterable, a generator above all. In green mode it is run in the context of the call.

import type { Readable } from 'node:stream';

import { checkedChunks, readableFrom } from './chunks.ts';
import { PumpedBody } from './pumped-body.ts';
import type { RequestBody } from './request-body.ts';
import { assertUnused, isIterator } from './single-use.ts';

export class IterableBody implements RequestBody {
  readonly contentType: null = null;
  readonly byteLength: null = null;
  readonly replayable: boolean;
  readonly #source: Iterable<unknown>;

  /** @throws `GREEN_ERR_OPT_INVALID` for an iterator already used. */
  constructor(source: Iterable<unknown>) {
    assertUnused(source);
    this.replayable = !isIterator(source);
    this.#source = source;
  }

  get pumped(): boolean {
    return true;
  }

  open(green: boolean): Readable {
    const chunks = checkedChunks(this.#source);
    return green ? new PumpedBody(chunks) : readableFrom(chunks);
  }
}
