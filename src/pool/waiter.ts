// One suspension of a context and what ends it. wait() uses it for promises; the HTTP client uses it
// directly, for an outcome that needs no promise. Settled at most once: later calls are ignored.

import type { GreenContext } from './green-context.ts';
import { appendWaitingStack } from './waiting-stack.ts';

const resolvePromise = Promise.resolve.bind(Promise) as <T>(value: PromiseLike<T>) => Promise<T>;

export class Waiter {
  readonly #context: GreenContext;
  #settled = false;
  #parked = false;
  #failed = false;
  #value: unknown = undefined;

  constructor(context: GreenContext) {
    this.#context = context;
  }

  /** Arranges for `thenable` to settle this waiter. Adopts it exactly as `await` would. */
  subscribe(thenable: PromiseLike<unknown>): void {
    resolvePromise(thenable).then(this.#onFulfilled, this.#onRejected);
  }

  /**
   * Settles the waiter from a foreign callback. The context is resumed from a microtask: resumed inside, say,
   * undici's parser callback it would re-enter that parser (ENGINE.md trap 16).
   */
  fulfil(value: unknown): void {
    if (this.#store(false, value)) queueMicrotask(this.#resume);
  }

  reject(error: unknown): void {
    if (this.#store(true, error)) queueMicrotask(this.#resume);
  }

  /** Suspends until settled; returns the value or throws the error in place. */
  wait(): unknown {
    if (!this.#settled) {
      this.#parked = true;
      try {
        do this.#context.suspend();
        while (!this.#settled);
      } finally {
        this.#parked = false;
      }
    }
    if (!this.#failed) return this.#value;
    appendWaitingStack(this.#value);
    throw this.#value;
  }

  /** Makes a settled waiter fit for another wait. False if it is not settled: its promise may settle it yet. */
  reset(): boolean {
    if (!this.#settled) return false;
    this.#settled = false;
    this.#failed = false;
    this.#value = undefined;
    return true;
  }

  // Made once per context, not per wait. They run as promise reactions, that is, on a stack that may step.
  readonly #onFulfilled = (value: unknown): void => {
    if (this.#store(false, value)) this.#context.step();
  };

  readonly #onRejected = (error: unknown): void => {
    if (this.#store(true, error)) this.#context.step();
  };

  readonly #resume = (): void => {
    this.#context.step();
  };

  /** True if the context is parked on this outcome and must be stepped. */
  #store(failed: boolean, value: unknown): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#failed = failed;
    this.#value = value;
    return this.#parked;
  }
}
