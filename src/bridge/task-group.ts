// Tasks that live no longer than the call that waits for them. Whatever ends the call (its end, an error, a cancellation,
// its context's destruction), its tasks are cancelled, and where anybody can still wait, waited for.

import { CancelledError, type CancelReason, WaitTimeoutError } from '../errors.ts';
import {
  contextToSuspend,
  currentContext,
  type Held,
  type Holder,
  newWaiter,
  run,
  Task,
  type Waiter,
  type WaitOptions,
  WaitSubject,
  waitWithin,
} from '../pool/index.ts';
import { despiteCancellation } from './despite-cancellation.ts';

export type Outcome<R> =
  | { readonly failed: false; readonly value: R }
  | { readonly failed: true; readonly value: unknown };

/** What can be told to stop: a task of spawn(), or something like it. */
export interface Cancellable {
  cancel(reason?: CancelReason, cause?: unknown): unknown;
}

interface Parked {
  readonly waiter: Waiter;
  readonly ready: () => boolean;
}

export class TaskGroup extends WaitSubject implements Held {
  readonly #call: string;
  readonly #left: (() => void) | null;
  /** What has not ended, and is waited for or can be cancelled. */
  readonly #live = new Set<Cancellable>();
  readonly #parked = new Set<Parked>();
  #holder: Holder | null = null;
  #closed = false;

  /** `left` is called, in a context of its own, when its holder has ended without ending it. */
  constructor(call: string, left: (() => void) | null = null) {
    super();
    this.#call = call;
    this.#left = left;
  }

  /** Whether its tasks have been told to end. */
  get closed(): boolean {
    return this.#closed;
  }

  get description(): string {
    return `${this.#call}, ${this.#live.size} tasks to go`;
  }

  /** For dumps, which look for circles: if all hangs on a single task, that one. */
  override get holder(): Task | null {
    const [first] = this.#live;
    return this.#live.size === 1 && first instanceof Task ? first : null;
  }

  /** `task` is one of them; once the group is closed, nobody waits for the end of what is no task of ours. */
  add<R>(outcome: PromiseLike<R>, task: Cancellable | null, ended: (outcome: Outcome<R>) => void): void {
    if (task !== null) this.#live.add(task);
    const end = (what: Outcome<R>): void => {
      if (task !== null) this.#live.delete(task);
      ended(what);
      this.wake();
    };
    outcome.then(
      (value) => end({ failed: false, value }),
      (error) => end({ failed: true, value: error }),
    );
  }

  /** Lets those go on whose condition holds now. */
  wake(): void {
    for (const { waiter, ready } of this.#parked) if (ready()) waiter.fulfil(undefined);
  }

  /** Tells all tasks to end. Never suspends. */
  close(reason: CancelReason = 'explicit', cause?: unknown): void {
    this.#closed = true;
    for (const task of this.#live) {
      if (task instanceof Task) task.cancel(reason, cause);
      else {
        this.#live.delete(task); // one of Bluebird's, say, which never settles once it is cancelled
        new Promise((resolve) => resolve(task.cancel(reason, cause))).catch(() => {});
      }
    }
  }

  /** Suspends until all tasks have ended. */
  waitForEnd(): void {
    this.waitUntil(() => this.#live.size === 0);
  }

  /** Suspends until `ready()`; what ends the waiting otherwise ends the tasks. `options` are a single wait's. */
  waitUntil(ready: () => boolean, options: WaitOptions = {}): void {
    while (!ready()) {
      const waiter = newWaiter(this.#call, this);
      const parked = { waiter, ready };
      this.#parked.add(parked);
      try {
        waitWithin(waiter, this.#call, options, () => this.#parked.delete(parked));
      } catch (error) {
        if (error instanceof CancelledError) this.close(error.reason, error.cause);
        else this.close(error instanceof WaitTimeoutError ? 'deadline' : 'explicit', error);
        throw error;
      }
    }
  }

  /** Runs `body`; when it ends, however it does, so have the tasks. `last` is then called. */
  enclose<R>(body: () => R, last: () => void = () => {}): R {
    contextToSuspend(this.#call); // in the wrong place nothing starts
    this.hold();
    let failed = true;
    try {
      const result = body();
      failed = false;
      return result;
    } finally {
      this.finish(failed, last);
    }
  }

  /** Ends the tasks, waits for that, and then calls `last`, whose error counts only if nothing `failed` before. */
  finish(failed: boolean, last: () => void): void {
    this.close();
    try {
      despiteCancellation(() => this.waitForEnd());
    } finally {
      this.#heldBy(null);
      try {
        last();
      } catch (error) {
        // biome-ignore lint/correctness/noUnsafeFinally: as in for … of, the first error counts
        if (!failed) throw error;
      }
    }
  }

  /** From now on the group goes with the running task, if that does not end it. */
  hold(): void {
    this.#heldBy(currentContext()?.task ?? null);
  }

  leftBy(holder: Holder): void {
    if (this.#holder !== holder) return;
    this.close();
    const left = this.#left;
    if (left === null) return;
    // Nobody is left to hear of an error.
    queueMicrotask(() => {
      run(left).catch(() => {});
    });
  }

  passTo(heir: Holder): void {
    this.#heldBy(heir);
  }

  #heldBy(holder: Holder | null): void {
    this.#holder?.held?.delete(this);
    this.#holder = holder;
    if (holder === null) return;
    holder.held ??= new Set();
    holder.held.add(this);
  }
}
