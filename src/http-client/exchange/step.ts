// What a call waits for, one thing after the other: an exchange on the wire, a pause, a hook's promise. The drivers know
// this much of it: it is started once, tells its owner once that it is settled, and can be given up.

import { MAX_TIMEOUT_MS } from '../../pool/index.ts';

/** Who waits: a Waiter, or a promise's resolver. */
export interface StepOwner {
  fulfil(value: undefined): void;
}

export interface Step {
  start(owner: StepOwner): void;
  /** In a green context, after start(): does what must be done there, and may suspend it. */
  pump?(): void;
  /** The call's time is over: settles as a failure, unless it is settled. */
  expire(): void;
  /** Nobody waits any longer: ends it without telling the owner. */
  abandon(): void;
}

/** A pause between two attempts. */
export class Pause implements Step {
  readonly #ms: number;
  #timer: NodeJS.Timeout | undefined = undefined;
  #owner: StepOwner | null = null;

  constructor(ms: number) {
    this.#ms = ms;
  }

  start(owner: StepOwner): void {
    this.#owner = owner;
    this.#timer = setTimeout(() => this.expire(), Math.min(this.#ms, MAX_TIMEOUT_MS)); // a longer one would take 1 ms
  }

  expire(): void {
    this.abandon();
    this.#owner?.fulfil(undefined);
    this.#owner = null;
  }

  abandon(): void {
    clearTimeout(this.#timer);
  }
}

/** A promise: of a hook, of an `auth` function, of a body that is being decoded. */
export class Settling<T> implements Step {
  readonly #promise: PromiseLike<T>;
  #owner: StepOwner | null = null;
  #outcome: { readonly value: T } | { readonly error: unknown } | null = null;

  constructor(promise: PromiseLike<T>) {
    this.#promise = promise;
  }

  start(owner: StepOwner): void {
    this.#owner = owner;
    Promise.resolve(this.#promise).then(
      (value) => this.#settle({ value }),
      (error) => this.#settle({ error }),
    );
  }

  /** Throws what the promise was rejected with. */
  get value(): T {
    const outcome = this.#outcome;
    if (outcome !== null && 'value' in outcome) return outcome.value;
    throw outcome?.error;
  }

  expire(): void {
    this.#owner?.fulfil(undefined);
    this.#owner = null;
  }

  abandon(): void {
    this.#owner = null;
  }

  #settle(outcome: { readonly value: T } | { readonly error: unknown }): void {
    if (this.#owner === null) return;
    this.#outcome = outcome;
    this.expire();
  }
}
