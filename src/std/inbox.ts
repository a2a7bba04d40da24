// What comes by itself (connections, datagrams) until a context asks for it. First come, first served, on both sides; a
// context that is cancelled, out of time or destroyed takes nothing.

import type { Task, Waiter, WaitOptions } from '../pool/index.ts';
import { CallLimits } from './call-limits.ts';

interface Taker<T> {
  readonly waiter: Waiter;
  readonly task: Task;
  /** What it was given, although it has not woken up yet; null for the end. */
  given: { readonly item: T } | null;
}

export class Inbox<T> {
  readonly #limit: number;
  readonly #items: T[] = [];
  readonly #takers: Taker<T>[] = [];
  #ended = false;
  #error: Error | null = null;

  /** @param limit - how many may lie there. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#items.length;
  }

  /** False if there is no room, or nobody will ask any more. */
  put(item: T): boolean {
    if (this.#ended) return false;
    if (this.#give(item)) return true;
    if (this.#items.length >= this.#limit) return false;
    this.#items.push(item);
    return true;
  }

  /** Nothing comes any more. Who waits, and whoever asks when all is taken, gets null, or this error. */
  end(error: Error | null = null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const { waiter } of this.#takers.splice(0)) waiter.fulfil(undefined);
  }

  /** Takes out all that lies there. */
  clear(): T[] {
    return this.#items.splice(0);
  }

  /** The next one; null at the end. Suspends the context until there is one. */
  take(call: string, options: WaitOptions): T | null {
    const limits = new CallLimits(call, options);
    const context = limits.contextToSuspend();
    if (this.#items.length > 0) return this.#items.shift() as T;
    if (this.#ended) return this.#atEnd();
    const taker: Taker<T> = { waiter: limits.newWaiter(), task: context.task as Task, given: null };
    this.#takers.push(taker);
    limits.wait(taker.waiter, () => this.#stop(taker));
    return taker.given === null ? this.#atEnd() : taker.given.item;
  }

  #atEnd(): null {
    if (this.#error !== null) throw this.#error;
    return null;
  }

  #give(item: T): boolean {
    for (let taker = this.#takers.shift(); taker !== undefined; taker = this.#takers.shift()) {
      if (!taker.waiter.tryFulfil(undefined)) continue; // cancelled, or out of time, and about to hear of it
      taker.given = { item };
      return true;
    }
    return false;
  }

  #stop(taker: Taker<T>): void {
    const at = this.#takers.indexOf(taker);
    if (at !== -1) this.#takers.splice(at, 1);
    if (taker.given === null || taker.task.state === 'running') return;
    const { item } = taker.given; // it was destroyed before it woke up
    taker.given = null;
    if (!this.#give(item)) this.#items.unshift(item);
  }
}
