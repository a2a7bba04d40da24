// What Lock and RLock have in common: mutual exclusion among contexts, first come, first served. After Python's
// threading.Lock, with an owner: a lock is a task's, so that a dump can tell who holds it, and so that it is given up with
// a task that is destroyed.

import { LockMisuseError } from '../errors.ts';
import { currentContext, type GreenContext, type Task, type WaitOptions } from '../pool/index.ts';
import { type SyncGuard, warnLeft } from './guard.ts';
import { type Hold, type Ownable, Ownership } from './ownership.ts';
import { Primitive, type SyncOptions } from './primitive.ts';
import { startWait } from './wait-line.ts';

export interface LockOptions extends SyncOptions {}

export interface LockStats {
  readonly locked: boolean;
  /** Contexts that wait for it. */
  readonly waiting: number;
  /** How often it was taken, and how often somebody had to wait for that. */
  readonly acquired: number;
  readonly contended: number;
}

export abstract class OwnedLock extends Primitive implements Ownable {
  readonly #ownership = new Ownership(this);

  constructor(options: LockOptions = {}) {
    super(options);
  }

  /**
   * Takes the lock; suspends the context until those who asked before have given it back. A waiter that is cancelled, or
   * whose time is over, leaves the line and takes nothing.
   *
   * @param options - limits of the waiting; see `wait()`.
   * @returns what gives it back, for `using`: in this task, as `release()`; again, it does nothing.
   * @throws `GREEN_ERR_LOCK_MISUSE` when the caller's task holds a `Lock` already: it would wait for itself.
   * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`
   *   and `GREEN_ERR_OPT_INVALID` as `wait()`.
   */
  acquire(options: WaitOptions = {}): SyncGuard {
    const context = startWait('lock.acquire()', options);
    const task = context.task as Task;
    const ownership = this.#ownership;
    if (ownership.owner === task) {
      if (!this.mayEnterAgain)
        throw this.#misuse('its own task holds it already, and would wait for itself. Take it once, or use an RLock');
      ownership.depth++;
    } else if (ownership.owner === null) ownership.give(task);
    else ownership.wait(context, options);
    return ownership.guard();
  }

  /**
   * Takes the lock if that needs no waiting: the guard, or null. Never suspends.
   *
   * @throws `GREEN_ERR_LOCK_MISUSE` outside a context, where nobody can hold it.
   */
  tryAcquire(): SyncGuard | null {
    const task = currentContext()?.task;
    if (task === undefined || task === null)
      throw this.#misuse('only a context can hold it. Take it below a green route, run() or spawn()');
    const ownership = this.#ownership;
    if (ownership.owner === null) ownership.give(task);
    else if (ownership.owner === task && this.mayEnterAgain) ownership.depth++;
    else return null;
    return ownership.guard();
  }

  /**
   * Gives the lock to whoever has waited for longest. Never suspends.
   *
   * @throws `GREEN_ERR_LOCK_MISUSE` when the caller's task does not hold it.
   */
  release(): void {
    this.assertHeld();
    this.#ownership.leave();
  }

  get locked(): boolean {
    return this.#ownership.owner !== null;
  }

  /** Whether the caller's task holds it. */
  get held(): boolean {
    return this.locked && this.#ownership.owner === currentContext()?.task;
  }

  get stats(): LockStats {
    const { waiting, acquired, contended } = this.#ownership;
    return { locked: this.locked, waiting, acquired, contended };
  }

  /** Whether its holder may take it again. */
  protected abstract readonly mayEnterAgain: boolean;

  /** How often its holder has it. */
  protected get depth(): number {
    return this.#ownership.depth;
  }

  /** @internal */
  override get holder(): Task | null {
    return this.#ownership.owner;
  }

  /** @internal */
  leftBy(task: Task): void {
    if (this.#ownership.owner !== task) return;
    warnLeft(this.description);
    this.#ownership.takeFrom(task);
  }

  /** @internal */
  assertHeld(): void {
    if (!this.held)
      throw this.#misuse(`the caller does not hold it, ${this.#holderText}. Hold it: using _held = lock.acquire()`);
  }

  /** @internal For a Condition, while it waits. */
  giveUp(): Hold {
    return this.#ownership.giveUp();
  }

  /** @internal Suspends the context until it has the lock again; `missed` is called if it is destroyed before that. */
  takeBack(context: GreenContext, hold: Hold, missed: () => void): void {
    this.#ownership.takeBack(context, hold, missed);
  }

  get #holderText(): string {
    if (!this.locked) return 'nor does anybody';
    return this.#ownership.waiting === 0
      ? 'another task does'
      : `another task does and ${this.#ownership.waiting} wait`;
  }

  #misuse(what: string): LockMisuseError {
    return new LockMisuseError(this.description, what);
  }
}
