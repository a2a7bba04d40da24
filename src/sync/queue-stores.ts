// In which order a queue keeps its items.

import { withoutSuspending } from '../pool/index.ts';

export interface QueueStore<T> {
  readonly size: number;
  add(item: T): void;
  /** Takes out the next item. There must be one. */
  take(): T;
  /** Puts back what take() returned, or what never came to lie here, as the next item. Must not throw. */
  putBack(item: T): void;
  clear(): void;
}

// Fewer are not worth moving.
const MIN_GAP = 32;

/** First in, first out: an array whose beginning is empty, so that taking out moves nothing. */
export class FifoStore<T> implements QueueStore<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  add(item: T): void {
    this.#items.push(item);
  }

  take(): T {
    const item = this.#items[this.#head] as T;
    this.#items[this.#head++] = undefined;
    if (this.#head >= MIN_GAP && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  putBack(item: T): void {
    if (this.#head > 0) this.#items[--this.#head] = item;
    else this.#items.unshift(item);
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }
}

/** Last in, first out. */
export class LifoStore<T> implements QueueStore<T> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    this.#items.push(item);
  }

  take(): T {
    return this.#items.pop() as T;
  }

  putBack(item: T): void {
    this.#items.push(item);
  }

  clear(): void {
    this.#items.length = 0;
  }
}

const REASON = 'a PriorityQueue compares items here, and other contexts would find it half-sorted';
const REMEDY = 'Put what it compares into the items.';

interface Entry<T> {
  readonly item: T;
  /** Orders equal items as they came. */
  readonly turn: number;
}

/** The smallest first; equal ones first in, first out. A binary heap (Williams, Algorithm 232, CACM 7(6), 1964). */
export class PriorityStore<T> implements QueueStore<T> {
  readonly #compare: (a: T, b: T) => number;
  #heap: Entry<T>[] = [];
  /** What was put back and could not be compared with the rest: comes first. */
  #next: T[] = [];
  #lastTurn = 0;
  #firstTurn = 0;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#heap.length + this.#next.length;
  }

  add(item: T): void {
    const entry: Entry<T> = { item, turn: ++this.#lastTurn };
    withoutSuspending(REASON, REMEDY, () => this.#insert(entry));
  }

  putBack(item: T): void {
    try {
      const entry: Entry<T> = { item, turn: --this.#firstTurn };
      withoutSuspending(REASON, REMEDY, () => this.#insert(entry));
    } catch {
      this.#next.push(item);
    }
  }

  take(): T {
    if (this.#next.length > 0) return this.#next.pop() as T;
    return withoutSuspending(REASON, REMEDY, () => this.#takeFirst());
  }

  clear(): void {
    this.#heap = [];
    this.#next = [];
  }

  #takeFirst(): T {
    const heap = this.#heap;
    const { item } = heap[0] as Entry<T>;
    const last = heap.length - 1;
    const entry = heap[last] as Entry<T>;
    const path = [0];
    for (let at = 0, child = 1; child < last; child = at * 2 + 1) {
      if (child + 1 < last && this.#isBefore(heap[child + 1] as Entry<T>, heap[child] as Entry<T>)) child++;
      if (!this.#isBefore(heap[child] as Entry<T>, entry)) break;
      path.push(child);
      at = child;
    }
    this.#place(entry, path);
    heap.pop();
    return item;
  }

  #isBefore(a: Entry<T>, b: Entry<T>): boolean {
    const order = this.#compare(a.item, b.item);
    return order === 0 ? a.turn < b.turn : order < 0;
  }

  #insert(entry: Entry<T>): void {
    const path = [this.#heap.length];
    for (let at = this.#heap.length; at > 0; ) {
      at = (at - 1) >> 1;
      if (!this.#isBefore(entry, this.#heap[at] as Entry<T>)) break;
      path.push(at);
    }
    this.#place(entry, path);
  }

  // Moves what lies on the path one place back along it, and puts the entry at its end. All comparing is done by then, so
  // that one that throws changes nothing.
  #place(entry: Entry<T>, path: readonly number[]): void {
    const heap = this.#heap;
    for (let i = 1; i < path.length; i++) heap[path[i - 1] as number] = heap[path[i] as number] as Entry<T>;
    heap[path.at(-1) as number] = entry;
  }
}
