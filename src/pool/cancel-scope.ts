// What can be cancelled: a whole task, or the part of it inside withTimeout(); and shields, which hold cancellation
// off. After trio's cancel scopes, with one difference that legacy clean-up needs: a cancellation is delivered *once*
// at first, so that `catch` and `finally` may wait, and at every wait only after the clean-up time is over.
//
// Invariant: Task.cancelRequested is true if any scope around the running code has a request; the hot path of wait()
// reads nothing else.

import { CancelledError, type CancelReason } from '../errors.ts';
import type { Task } from './task.ts';

/** How long clean-up may wait before every further wait throws again, in milliseconds. */
export const DEFAULT_CLEANUP_TIMEOUT_MS = 5000;

export class CancelScope {
  readonly outer: CancelScope | null;
  readonly #task: Task;
  readonly #cleanupTimeoutMs: number;
  /** Whether requests of outer scopes stop here. */
  shielded: boolean;
  /** Takes back what would cancel the scope, or unshield it, when it ends: by itself or with its destroyed task. */
  disarm: (() => void) | null = null;
  #reason: CancelReason | null = null;
  #cause: unknown = undefined;
  #delivered = false;
  #insistent = false;
  #graceTimer: NodeJS.Timeout | null = null;

  constructor(task: Task, outer: CancelScope | null, cleanupTimeoutMs: number, shielded = false) {
    this.#task = task;
    this.outer = outer;
    this.#cleanupTimeoutMs = cleanupTimeoutMs;
    this.shielded = shielded;
  }

  get requested(): boolean {
    return this.#reason !== null;
  }

  /** Whether the next wait inside must throw, as far as this scope is concerned. */
  get due(): boolean {
    return this.#reason !== null && (!this.#delivered || this.#insistent);
  }

  /** Whether clean-up has had its time. */
  get insistent(): boolean {
    return this.#insistent;
  }

  /** Asks for cancellation. The first request counts. */
  cancel(reason: CancelReason, cause: unknown): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    this.#cause = cause;
    this.#task.cancelRequested = true;
    this.#task.deliverCancellation();
  }

  /** The error to throw now, made on the caller's stack. */
  deliver(): CancelledError {
    if (!this.#delivered) {
      this.#delivered = true;
      this.#graceTimer = setTimeout(insist, this.#cleanupTimeoutMs, this);
      this.#graceTimer.unref();
    }
    return new CancelledError(this.#reason as CancelReason, this.#cause, this);
  }

  /** Every further wait inside throws. */
  insist(): void {
    this.#insistent = true;
    this.#task.deliverCancellation();
  }

  end(): void {
    if (this.#graceTimer !== null) clearTimeout(this.#graceTimer);
    this.#graceTimer = null;
    this.disarm?.();
  }
}

function insist(scope: CancelScope): void {
  scope.insist();
}

/** The scope whose cancellation the code inside `innermost` must be told of now, or null. */
export function dueScope(innermost: CancelScope | null): CancelScope | null {
  for (let scope = innermost; scope !== null; scope = scope.outer) {
    if (scope.due) return scope;
    if (scope.shielded) return null;
  }
  return null;
}
