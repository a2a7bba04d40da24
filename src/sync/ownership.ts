// Who has a lock, how often, and who waits for it, first come, first served. Knows no public names.
//
// Invariant: contexts wait only while somebody has it.

import type { GreenContext, Held, Task, WaitOptions, WaitSubject } from '../pool/index.ts';
import { hold, type SyncGuard } from './guard.ts';
import { WaitLine } from './wait-line.ts';

/** What a Condition gives up while it waits, and takes again. */
export interface Hold {
  readonly depth: number;
  readonly ticket: number;
}

/** What is owned. */
export interface Ownable extends WaitSubject, Held {
  /** @throws `GREEN_ERR_LOCK_MISUSE` when the caller's task does not hold it. */
  assertHeld(): void;
}

export class Ownership {
  owner: Task | null = null;
  depth = 0;
  acquired = 0;
  contended = 0;
  /** Numbers what was taken, so that a guard gives back nothing but that. */
  #ticket = 0;
  #lastTicket = 0;
  readonly #lock: Ownable;
  readonly #line = new WaitLine<undefined, Task>();

  constructor(lock: Ownable) {
    this.#lock = lock;
  }

  get waiting(): number {
    return this.#line.size;
  }

  /**
   * Suspends until those who asked before have given it back. `missed` is called if this one never gets it. Given and
   * cancelled at once, it is held: the next wait throws, with the guard to give it back.
   */
  wait(context: GreenContext, options: WaitOptions, missed?: () => void): void {
    const task = context.task as Task;
    this.contended++;
    this.#line.wait(context, this.#lock, 'lock.acquire()', options, task, {
      left: () => missed?.(),
      lost: () => {
        this.takeFrom(task);
        missed?.();
      },
    });
  }

  give(task: Task): void {
    this.owner = task;
    this.depth = 1;
    this.#ticket = ++this.#lastTicket;
    this.acquired++;
    hold(task, this.#lock);
  }

  /** Takes it from its owner once. */
  leave(): void {
    if (this.depth > 1) this.depth--;
    else this.takeFrom(this.owner as Task);
  }

  takeFrom(task: Task): void {
    task.held?.delete(this.#lock);
    this.owner = null;
    this.depth = 0;
    const next = this.#line.grant(undefined);
    if (next !== null) this.give(next.request);
  }

  /** Takes it from its owner, however often that has it. */
  giveUp(): Hold {
    const taken: Hold = { depth: this.depth, ticket: this.#ticket };
    this.takeFrom(this.owner as Task);
    return taken;
  }

  takeBack(context: GreenContext, { depth, ticket }: Hold, missed: () => void): void {
    if (this.owner === null) this.give(context.task as Task);
    else this.wait(context, {}, missed);
    this.depth = depth;
    this.#ticket = ticket;
  }

  /** For what the owner has taken just now, which only it gives back. Does nothing while the owner has not got that. */
  guard(): SyncGuard {
    const ticket = this.#ticket;
    let released = false;
    const release = (): void => {
      if (released || this.owner === null || this.#ticket !== ticket) return;
      this.#lock.assertHeld();
      released = true;
      this.leave();
    };
    return { release, [Symbol.dispose]: release };
  }
}
