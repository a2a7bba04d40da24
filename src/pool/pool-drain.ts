// How a pool ends: its tasks have some time, are then cancelled, and at last destroyed.

import { CancelledError } from '../errors.ts';
import type { ContextDump } from './dump.ts';
import type { Task } from './task.ts';
import { warnDiscarded, warnShutdownOverdue } from './warnings.ts';

export interface Drainable {
  readonly name: string;
  readonly cleanupTimeoutMs: number;
  /** Cancels what is queued. */
  cancelQueued(): void;
  activeTasks(): Task[];
  dump(): ContextDump;
}

export class PoolDrain {
  readonly #pool: Drainable;
  #timer: NodeJS.Timeout | null = null;

  constructor(pool: Drainable) {
    this.#pool = pool;
  }

  /** Cancels everything in `ms` milliseconds. A later call sets the time anew. */
  cancelIn(ms: number): void {
    this.#arm(ms, () => {
      const overdue = this.#pool.activeTasks();
      warnShutdownOverdue(this.#pool.name, overdue.length, this.#pool.dump());
      this.#pool.cancelQueued();
      for (const task of overdue) task.requestCancel('shutdown');
      // Cleaning up takes a cleanupTimeout at most, unless it swallows what it is then told at every wait.
      this.#arm(2 * this.#pool.cleanupTimeoutMs, () => this.#discardAll());
    });
  }

  /** There is nothing left to end. */
  done(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #arm(ms: number, then: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
  }

  #discardAll(): void {
    const overdue = this.#pool.activeTasks().filter((task) => task.state === 'waiting');
    if (overdue.length === 0) return;
    const dump = this.#pool.dump();
    for (const task of overdue) task.context?.discard(new CancelledError('shutdown'));
    warnDiscarded(overdue.length, dump);
  }
}
