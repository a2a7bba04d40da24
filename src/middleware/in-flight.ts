// What is in flight, so that a close can reach it. A Set or Map would do this in one line, and promote half of all
// garbage: the table that it outgrows points to the next one, so that an old, dead table keeps every later one alive, with
// the requests in it, until a full collection.

export interface Tracked {
  /** Where it stands; kept by InFlight. */
  at: number;
}

export class InFlight<T extends Tracked> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    item.at = this.#items.push(item) - 1;
  }

  remove(item: T): void {
    const last = this.#items.pop() as T;
    if (last === item) return;
    this.#items[item.at] = last;
    last.at = item.at;
  }

  /** What is in flight now. */
  list(): T[] {
    return [...this.#items];
  }
}
