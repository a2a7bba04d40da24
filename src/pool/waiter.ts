// One suspension of a context and what ends it. wait() uses it for promises; the HTTP client uses it
// directly, for an outcome that needs no promise. Settled at most once: what comes later is dropped, and a waiter whose
// outcome may still come is never used again, so that a late outcome can reach nobody.

import { InternalError } from '../errors.ts';
import type { GreenContext } from './green-context.ts';
import { promiseThen } from './thenable.ts';
import { appendWaitingStack } from './waiting-stack.ts';

const resolvePromise = Promise.resolve.bind(Promise) as <T>(value: PromiseLike<T>) => Promise<T>;

export class Waiter {
  readonly #context: GreenContext;
  #settled = false;
  #parked = false;
  #failed = false;
  #interrupted = false;
  #reusable = false;
  #value: unknown = undefined;
  /** What is waited for: a promise, a WaitSubject, or the name of a call. For dumps. */
  subject: unknown = undefined;
  /** Takes back what would settle the waiter, when its context is destroyed and runs no `finally`. */
  onAbandon: (() => void) | null = null;

  constructor(context: GreenContext, subject?: unknown) {
    this.#context = context;
    this.subject = subject;
  }

  /** Whether the outcome itself has ended the wait, so that nothing will report to this waiter any more. */
  get reusable(): boolean {
    return this.#reusable;
  }

  /** Whether the wait is over, one way or the other, though its context may not have woken up yet. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Arranges for `thenable` to settle this waiter. Adopts it exactly as `await` would. */
  subscribe(thenable: PromiseLike<unknown>): void {
    this.subject = thenable;
    promiseThen.call(resolvePromise(thenable), this.#onFulfilled, this.#onRejected);
  }

  /**
   * Settles the waiter from a foreign callback. The context is resumed from a microtask: resumed inside, say,
   * undici's parser callback it would re-enter that parser.
   */
  fulfil(value: unknown): void {
    if (this.#store(false, value)) queueMicrotask(this.#resume);
  }

  /** As fulfil(); false if the wait has ended otherwise, so that nobody has got the value. */
  tryFulfil(value: unknown): boolean {
    if (this.#settled) return false;
    this.fulfil(value);
    return true;
  }

  reject(error: unknown): void {
    if (this.#store(true, error)) queueMicrotask(this.#resume);
  }

  /** Ends the wait without an outcome: the context has a cancellation to throw. From any callback. */
  interrupt(): void {
    if (this.#settled) return;
    this.#interrupted = true;
    if (this.#store(false, undefined)) queueMicrotask(this.#resume);
  }

  /** Lets what comes later reach nobody. The context will never be resumed by this waiter. */
  abandon(): void {
    this.#settled = true;
    this.onAbandon?.();
  }

  /** Suspends until settled; returns the value or throws the error in place. */
  wait(): unknown {
    const context = this.#context;
    if (context.task?.cancelRequested === true) this.#throwIfCancelled(context);
    if (!this.#settled) this.#park(context);
    if (this.#interrupted) {
      this.#throwIfCancelled(context);
      throw new InternalError('A wait was interrupted and nothing was cancelled');
    }
    this.#reusable = true;
    if (!this.#failed) return this.#value;
    appendWaitingStack(this.#value);
    throw this.#value;
  }

  // A context that has swallowed too many cancellations is destroyed here, and then abandons this waiter.
  #throwIfCancelled(context: GreenContext): void {
    context.waiter = this;
    try {
      context.throwIfCancelled();
    } finally {
      context.waiter = null;
    }
  }

  // Where the stack is full suspend() throws a RangeError before it has suspended; what comes then must not step.
  #park(context: GreenContext): void {
    this.#parked = true;
    context.waiter = this;
    try {
      do context.suspend();
      while (!this.#settled);
    } finally {
      context.waiter = null;
      this.#parked = false;
    }
  }

  /**
   * Lets the next wait have this waiter, if wait() has returned an outcome. Only for who knows that nobody reports to it
   * any more: that neither fulfil() nor reject() will be called again.
   */
  giveBack(): void {
    this.#context.giveBack(this);
  }

  reset(): void {
    this.onAbandon = null;
    this.#reusable = false;
    this.#settled = false;
    this.#failed = false;
    this.#value = undefined;
    this.subject = undefined;
  }

  // Made once per context, not per wait. They run as promise reactions, that is, on a stack that may step.
  readonly #onFulfilled = (value: unknown): void => {
    if (this.#store(false, value)) this.#context.step();
  };

  readonly #onRejected = (error: unknown): void => {
    if (this.#store(true, error)) this.#context.step();
  };

  readonly #resume = (): void => {
    // The context may have been destroyed since.
    if (this.#context.waiter === this) this.#context.step();
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
