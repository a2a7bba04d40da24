// A lock that many readers or one writer hold. Fair: who comes is served in turn, so that neither readers nor writers
// starve; readers who stand next to each other in the line get in together. Java's ReentrantReadWriteLock, fair, without
// its upgrades: two readers who both wait to write would wait for each other.
//
// Invariant: contexts wait only behind a writer, in the lock or in the line.

import { LockMisuseError } from '../errors.ts';
import { currentContext, type GreenContext, type Held, type Task, type WaitOptions } from '../pool/index.ts';
import { guardOf, hold, type SyncGuard, warnLeft } from './guard.ts';
import { Primitive, type SyncOptions } from './primitive.ts';
import { startWait, WaitLine } from './wait-line.ts';

export interface RwLockStats {
  /** Tasks that hold it to read. */
  readonly readers: number;
  /** Whether one holds it to write. */
  readonly writing: boolean;
  /** Contexts that wait for it. */
  readonly waiting: number;
  /** How often it was taken, and how often somebody had to wait for that. */
  readonly acquired: number;
  readonly contended: number;
}

interface Request {
  readonly task: Task;
  readonly writes: boolean;
}

/**
 * A lock that any number of tasks hold to read, or one holds to write.
 *
 * @example
 * ```ts
 * import { RwLock } from 'greenroom/sync';
 *
 * const config = new RwLock({ name: 'config' });
 * function lookUp(key) {
 *   using _held = config.read();
 *   return load(key);
 * }
 * function change(key, value) {
 *   using _held = config.write({ timeout: 1000 });
 *   store(key, value);
 * }
 * ```
 * @see docs/sync.md
 */
export class RwLock extends Primitive implements Held {
  #writer: Task | null = null;
  /** How often each task has it. */
  readonly #readers = new Map<Task, number>();
  readonly #line = new WaitLine<undefined, Request>();
  #acquired = 0;
  #contended = 0;

  constructor(options: SyncOptions = {}) {
    super(options);
  }

  /**
   * Takes the lock to read; suspends the context while one writes, or waits to write and came before. Who reads already
   * gets in at once. A waiter that is cancelled, or whose time is over, takes nothing and holds nobody up.
   *
   * @param options - limits of the waiting; see `wait()`.
   * @returns what gives it back, for `using`: in this task, else it throws `GREEN_ERR_LOCK_MISUSE`.
   * @throws `GREEN_ERR_LOCK_MISUSE` when the caller's task writes.
   * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`
   *   and `GREEN_ERR_OPT_INVALID` as `wait()`.
   */
  read(options: WaitOptions = {}): SyncGuard {
    return this.#take(startWait('rwLock.read()', options), 'rwLock.read()', options, false);
  }

  /**
   * Takes the lock to write; suspends the context until all have left who came before. Otherwise as {@link RwLock.read}.
   *
   * @throws `GREEN_ERR_LOCK_MISUSE` when the caller's task has it already, to read or to write: it would wait for itself.
   */
  write(options: WaitOptions = {}): SyncGuard {
    return this.#take(startWait('rwLock.write()', options), 'rwLock.write()', options, true);
  }

  /**
   * Takes the lock to read if that needs no waiting: the guard, or null. Never suspends.
   *
   * @throws `GREEN_ERR_LOCK_MISUSE` outside a context, where nobody can hold it.
   */
  tryRead(): SyncGuard | null {
    return this.#tryTake(false);
  }

  /** As {@link RwLock.tryRead}, to write. */
  tryWrite(): SyncGuard | null {
    return this.#tryTake(true);
  }

  get stats(): RwLockStats {
    return {
      readers: this.#readers.size,
      writing: this.#writer !== null,
      waiting: this.#line.size,
      acquired: this.#acquired,
      contended: this.#contended,
    };
  }

  /** @internal Of many readers one that waits itself, for it may be why the others wait. */
  override get holder(): Task | null {
    if (this.#writer !== null) return this.#writer;
    const readers = [...this.#readers.keys()];
    return readers.find(({ state }) => state === 'waiting') ?? readers[0] ?? null;
  }

  /** @internal */
  leftBy(task: Task): void {
    if (this.#writer !== task && !this.#readers.has(task)) return;
    warnLeft(this.description);
    this.#readers.delete(task);
    this.#leave(task);
  }

  #take(context: GreenContext, call: string, options: WaitOptions, writes: boolean): SyncGuard {
    const request: Request = { task: context.task as Task, writes };
    if (this.#writer === request.task || (writes && this.#readers.has(request.task))) {
      throw new LockMisuseError(
        this.description,
        'its own task holds it already, and would wait for itself. Give it back first',
      );
    }
    if (this.#isFreeFor(request)) this.#admit(request);
    else {
      this.#contended++;
      const left = (): void => this.#serve();
      const lost = (): void => this.#giveBack(request);
      this.#line.wait(context, this, call, options, request, { left, lost });
    }
    return this.#guard(request);
  }

  #tryTake(writes: boolean): SyncGuard | null {
    const task = currentContext()?.task ?? null;
    if (task === null)
      throw new LockMisuseError(
        this.description,
        'only a context can hold it. Take it below a green route, run() or spawn()',
      );
    const request: Request = { task, writes };
    if (!this.#isFreeFor(request)) return null;
    this.#admit(request);
    return this.#guard(request);
  }

  #guard(request: Request): SyncGuard {
    const check = (): void => {
      if (this.#holds(request) && currentContext()?.task !== request.task) {
        throw new LockMisuseError(this.description, 'the caller does not hold it');
      }
    };
    return guardOf(() => this.#giveBack(request), check);
  }

  #holds({ task, writes }: Request): boolean {
    return writes ? this.#writer === task : this.#readers.has(task);
  }

  #isFreeFor({ task, writes }: Request): boolean {
    if (this.#writer !== null) return false;
    if (writes) return this.#readers.size === 0;
    return this.#line.size === 0 || this.#readers.has(task);
  }

  #admit({ task, writes }: Request): void {
    this.#acquired++;
    if (writes) this.#writer = task;
    else this.#readers.set(task, (this.#readers.get(task) ?? 0) + 1);
    hold(task, this);
  }

  // A guard may outlive its task, which has left already.
  #giveBack(request: Request): void {
    if (!this.#holds(request)) return;
    const { task } = request;
    const times = this.#readers.get(task) ?? 1;
    if (times > 1) this.#readers.set(task, times - 1);
    else {
      this.#readers.delete(task);
      this.#leave(task);
    }
  }

  #leave(task: Task): void {
    if (this.#writer === task) this.#writer = null;
    task.held?.delete(this);
    this.#serve();
  }

  /** Lets in those first in the line who may come in now. */
  #serve(): void {
    for (let place = this.#line.first; place !== null; place = this.#line.first) {
      if (this.#writer !== null || (place.request.writes && this.#readers.size > 0)) return;
      const { request } = place;
      if (this.#line.grantFirst(undefined) !== null) this.#admit(request);
    }
  }
}
