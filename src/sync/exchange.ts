// What passes items from those who put them to those who get them: handed over directly where somebody waits.
//
// Invariant: contexts wait for an item only while none lies here, and for room only while there is none.

import { QueueClosedError } from '../errors.ts';
import type { GreenContext, WaitOptions } from '../pool/index.ts';
import type { Primitive } from './primitive.ts';
import type { QueueStore } from './queue-stores.ts';
import { WaitLine } from './wait-line.ts';

/** What a context gets that has waited for room. */
interface PutOutcome {
  readonly closed: boolean;
  /** What the store threw. */
  failure: { readonly error: unknown } | null;
}

const CLOSED = Symbol('closed');
const PUT_CLOSED: PutOutcome = Object.freeze({ closed: true, failure: null });

export class Exchange<T> {
  readonly #queue: Primitive;
  readonly #maxSize: number;
  readonly #store: QueueStore<T>;
  readonly #getters = new WaitLine<T | typeof CLOSED>();
  readonly #putters = new WaitLine<PutOutcome, T>();
  /** Called for every item that comes, and for one that is dropped because nobody wants it any more. */
  readonly #came: () => void;
  readonly #dropped: () => void;
  #closed = false;
  #dropping = false;

  constructor(queue: Primitive, maxSize: number, store: QueueStore<T>, came: () => void, dropped: () => void) {
    this.#queue = queue;
    this.#maxSize = maxSize;
    this.#store = store;
    this.#came = came;
    this.#dropped = dropped;
  }

  get size(): number {
    return this.#store.size;
  }

  get full(): boolean {
    return this.#store.size >= this.#maxSize;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get getters(): number {
    return this.#getters.size;
  }

  get putters(): number {
    return this.#putters.size;
  }

  assertOpen(): void {
    if (this.#closed) throw this.#closedError();
  }

  /** Where there is room. */
  add(item: T): void {
    if (this.#getters.grant(item) === null) this.#store.add(item);
    this.#came();
  }

  waitToAdd(context: GreenContext, item: T, options: WaitOptions): void {
    const { closed, failure } = this.#putters.wait(context, this.#queue, 'queue.put()', options, item);
    if (closed) throw this.#closedError();
    if (failure !== null) throw failure.error;
  }

  /** Where an item lies. Lets in those who wait for the room. */
  take(): T {
    const item = this.#store.take();
    while (this.#putters.first !== null && !this.full) {
      const { request } = this.#putters.first;
      const outcome: PutOutcome = { closed: false, failure: null };
      if (this.#putters.grantFirst(outcome) === null) continue;
      try {
        this.add(request);
      } catch (error) {
        outcome.failure = { error }; // it wakes up in a microtask, and throws it
      }
    }
    return item;
  }

  /** Where no item lies. */
  waitToTake(context: GreenContext, options: WaitOptions): T {
    this.assertOpen();
    const lost = (item: T | typeof CLOSED): void => {
      if (item !== CLOSED) this.#putBack(item);
    };
    const item = this.#getters.wait(context, this.#queue, 'queue.get()', options, undefined, { lost });
    if (item === CLOSED) throw this.#closedError();
    return item;
  }

  close(): void {
    this.#closed = true;
    this.#getters.grantAll(CLOSED);
    this.#putters.grantAll(PUT_CLOSED);
  }

  /** After close(). */
  drop(): void {
    this.#dropping = true;
    const { size } = this.#store;
    this.#store.clear();
    for (let i = 0; i < size; i++) this.#dropped();
  }

  /** For an item whose getter was destroyed before it woke up. */
  #putBack(item: T): void {
    if (this.#dropping) this.#dropped();
    else if (this.#getters.grant(item) === null) this.#store.putBack(item);
  }

  #closedError(): QueueClosedError {
    return new QueueClosedError(this.#queue.description);
  }
}
