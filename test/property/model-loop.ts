// The event loop as far as the model needs it: microtasks, immediates, promises and abort signals, in Node's order.

export type Job = () => void;

export type Outcome = { readonly ok: true } | { readonly ok: false; readonly error: string };

export const FULFILLED: Outcome = { ok: true };

export class ModelLoop {
  readonly #microtasks: Job[] = [];
  readonly #immediates: Job[] = [];

  microtask(job: Job): void {
    this.#microtasks.push(job);
  }

  immediate(job: Job): void {
    this.#immediates.push(job);
  }

  /** Runs until nothing is left to do. */
  run(): void {
    for (;;) {
      for (let job = this.#microtasks.shift(); job !== undefined; job = this.#microtasks.shift()) job();
      const immediate = this.#immediates.shift();
      if (immediate === undefined) return;
      immediate();
    }
  }
}

export class ModelPromise {
  readonly #loop: ModelLoop;
  #reactions: ((outcome: Outcome) => void)[] = [];
  outcome: Outcome | null = null;

  constructor(loop: ModelLoop, outcome: Outcome | null = null) {
    this.#loop = loop;
    this.outcome = outcome;
  }

  settle(outcome: Outcome): void {
    if (this.outcome !== null) return;
    this.outcome = outcome;
    for (const reaction of this.#reactions) this.#loop.microtask(() => reaction(outcome));
    this.#reactions = [];
  }

  onSettled(reaction: (outcome: Outcome) => void): void {
    const { outcome } = this;
    if (outcome === null) this.#reactions.push(reaction);
    else this.#loop.microtask(() => reaction(outcome));
  }

  /** What `Promise.resolve()` makes of a thenable: its `then` is called from a microtask. */
  static adopting(loop: ModelLoop, then: (promise: ModelPromise) => void): ModelPromise {
    const promise = new ModelPromise(loop);
    loop.microtask(() => then(promise));
    return promise;
  }
}

export class ModelSignal {
  aborted = false;
  readonly #listeners = new Set<Job>();

  listen(listener: Job): void {
    this.#listeners.add(listener);
  }

  remove(listener: Job): void {
    this.#listeners.delete(listener);
  }

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}
