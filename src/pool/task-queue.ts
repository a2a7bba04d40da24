// First-in-first-out queue in a ring that grows by doubling: push and shift never allocate once it is
// large enough, unlike Array.prototype.shift(), which moves every element.

const INITIAL_CAPACITY = 16; // a power of two, so that wrapping is a mask

export class TaskQueue<T> {
  #ring: (T | undefined)[] = new Array(INITIAL_CAPACITY).fill(undefined);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = item;
    this.#size++;
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined; // the queue must not keep it alive
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#size--;
    return item;
  }

  #grow(): void {
    const old = this.#ring;
    this.#ring = [...old.slice(this.#head), ...old.slice(0, this.#head), ...new Array(old.length).fill(undefined)];
    this.#head = 0;
  }
}
