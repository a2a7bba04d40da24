// Mutual exclusion among contexts, first come, first served. After Python's threading.Lock, with an owner: a lock is a
// task's, so that a dump can tell who holds it, and so that it is given up with a task that is destroyed.

import { LockMisuseError } from '../errors.ts';
import {
  assertLimits,
  currentContext,
  type Held,
  newWaiter,
  type Task,
  type Waiter,
  type WaitOptions,
  WaitSubject,
  waitWithin,
} from '../pool/index.ts';

export interface LockOptions {
  /** Names the lock in dumps, errors and warnings. */
  name?: string;
}

export interface LockStats {
  readonly locked: boolean;
  /** Contexts that wait for it. */
  readonly waiting: number;
  /** How often it was taken, and how often somebody had to wait for that. */
  readonly acquired: number;
  readonly contended: number;
}

/** Gives the lock back: by `using`, or by hand. Again, it does nothing. */
export interface LockGuard extends Disposable {
  release(): void;
}

interface Waiting {
  readonly task: Task;
  readonly waiter: Waiter;
  /** Whether the lock is this one's, although it has not woken up yet. */
  handed: boolean;
}

/**
 * A lock that one task at a time holds.
 *
 * @example
 * ```ts
 * import { Lock } from 'greenroom/sync';
 *
 * const lock = new Lock({ name: 'accounts' });
 * function transfer(from, to, amount) {
 *   using _held = lock.acquire({ timeout: 5000 });
 *   // … waits as often as it likes; nobody else is in here.
 * }
 * ```
 */
export class Lock extends WaitSubject implements Held {
  readonly name: string;
  #owner: Task | null = null;
  readonly #waiting: Waiting[] = [];
  #acquired = 0;
  #contended = 0;

  constructor({ name = 'anonymous' }: LockOptions = {}) {
    super();
    this.name = name;
  }

  /**
   * Takes the lock; suspends the context until those who asked before have given it back. A waiter that is cancelled, or
   * whose time is over, leaves the queue and takes nothing.
   *
   * @param options - limits of the waiting; see `wait()`.
   * @returns what gives it back, for `using`.
   * @throws `GREEN_ERR_LOCK_MISUSE` when the caller's task holds it already: it would wait for itself.
   * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`
   *   and `GREEN_ERR_OPT_INVALID` as `wait()`.
   */
  acquire(options: WaitOptions = {}): LockGuard {
    assertLimits(options);
    const waiter = newWaiter('lock.acquire()', this);
    const task = currentContext()?.task as Task;
    if (this.#owner === task)
      throw new LockMisuseError(this.name, 'its own task holds it already, and would wait for itself');
    if (this.#owner === null) this.#give(task);
    else this.#wait({ task, waiter, handed: false }, options);
    return this.#guard(task);
  }

  /** Takes the lock if nobody has it: the guard, or null. Never suspends. */
  tryAcquire(): LockGuard | null {
    const task = currentContext()?.task;
    if (task === undefined || task === null) throw new LockMisuseError(this.name, 'only a context can hold it');
    if (this.#owner !== null) return null;
    this.#give(task);
    return this.#guard(task);
  }

  /**
   * Gives the lock to whoever has waited for longest. Never suspends.
   *
   * @throws `GREEN_ERR_LOCK_MISUSE` when the caller's task does not hold it.
   */
  release(): void {
    const task = currentContext()?.task ?? null;
    if (task === null || this.#owner !== task) throw new LockMisuseError(this.name, 'the caller does not hold it');
    this.#takeFrom(task);
  }

  get locked(): boolean {
    return this.#owner !== null;
  }

  get stats(): LockStats {
    return {
      locked: this.locked,
      waiting: this.#waiting.length,
      acquired: this.#acquired,
      contended: this.#contended,
    };
  }

  /** @internal */
  override get description(): string {
    return `Lock '${this.name}'`;
  }

  /** @internal */
  override get holder(): Task | null {
    return this.#owner;
  }

  /** @internal */
  leftBy(task: Task): void {
    if (this.#owner !== task) return;
    process.emitWarning(`Lock '${this.name}': its holder ended without giving it back; the next one gets it.`, {
      code: 'GREEN_WARN_LOCK_LEFT',
    });
    this.#takeFrom(task);
  }

  #wait(entry: Waiting, options: WaitOptions): void {
    this.#contended++;
    this.#waiting.push(entry);
    let taken = false;
    const stop = (): void => {
      if (!entry.handed) this.#waiting.splice(this.#waiting.indexOf(entry), 1);
      else if (!taken) this.#takeFrom(entry.task); // destroyed before it woke up
    };
    // Handed over and cancelled at once, it has the lock: the next wait throws, with the guard to give it back.
    waitWithin(entry.waiter, 'lock.acquire()', options, () => {
      taken = entry.handed && entry.task.state === 'running';
      stop();
    });
  }

  #give(task: Task): void {
    this.#owner = task;
    this.#acquired++;
    task.held ??= new Set();
    task.held.add(this);
  }

  #takeFrom(task: Task): void {
    task.held?.delete(this);
    this.#owner = null;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      next.handed = next.waiter.tryFulfil(undefined);
      if (!next.handed) continue; // cancelled, or out of time, and about to hear of it
      this.#give(next.task);
      return;
    }
  }

  #guard(task: Task): LockGuard {
    const release = (): void => {
      if (this.#owner === task && task.held?.has(this) === true) this.#takeFrom(task);
    };
    return { release, [Symbol.dispose]: release };
  }
}
