// At most one fork per turn of the event loop, first come, first served. The fork itself runs on the loop (10 to 25 ms of
// it, measured on two cores): twenty in one turn held it for 0.5 to 0.9 s, one per turn for 55 to 310 ms.

import { currentContext, newWaiter, type Waiter } from '../../pool/index.ts';

class SpawnQueue {
  readonly #waiting: Waiter[] = [];
  #taken = false;

  /**
   * Returns when the caller may fork, in this very turn. Suspends the context while others have the turns; one that is
   * cancelled leaves the queue, and its turn goes to the next.
   */
  awaitTurn(call: string): void {
    currentContext()?.throwIfCancelled();
    if (!this.#taken) {
      this.#take();
      return;
    }
    const waiter = newWaiter(`${call}() (queued: one fork per loop turn)`);
    const leave = (): void => {
      const at = this.#waiting.indexOf(waiter);
      if (at !== -1) this.#waiting.splice(at, 1);
    };
    this.#waiting.push(waiter);
    waiter.onAbandon = leave;
    try {
      waiter.wait();
    } finally {
      leave();
    }
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  #take(): void {
    this.#taken = true;
    setImmediate(this.#nextTurn);
  }

  readonly #nextTurn = (): void => {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (!next.tryFulfil(undefined)) continue; // cancelled, and about to hear of it
      this.#take();
      return;
    }
    this.#taken = false;
  };
}

/** The event loop's. */
export const spawnQueue: SpawnQueue = new SpawnQueue();
