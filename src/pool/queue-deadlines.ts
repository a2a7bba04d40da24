// Queue deadlines. An overloaded queue without them works through requests whose clients have long given up. One timer
// for the whole queue, for the task that is due next; and a look before each start, as a busy loop makes timers late.

import { setBackgroundTimer } from './no-stores.ts';
import type { Task } from './task.ts';
import type { TaskQueue } from './task-queue.ts';
import { MAX_TIMEOUT_MS } from './wait.ts';

export class QueueDeadlines {
  readonly #queue: TaskQueue;
  readonly #expire: (task: Task) => void;
  #timer: NodeJS.Timeout | null = null;
  #dueAtMs = Number.POSITIVE_INFINITY;

  /** `expire` takes a task out of the queue. */
  constructor(queue: TaskQueue, expire: (task: Task) => void) {
    this.#queue = queue;
    this.#expire = expire;
  }

  /** `task` has just been queued; 0 ms for no deadline. */
  set(task: Task, timeoutMs: number): void {
    if (timeoutMs === 0) return;
    task.queuedUntilMs = task.queuedAtMs + timeoutMs;
    if (task.queuedUntilMs < this.#dueAtMs) this.#arm(task.queuedUntilMs, task.queuedAtMs);
  }

  /** Expires the first tasks of the queue as long as they are due. */
  expireFirst(): void {
    for (let task = this.#queue.first; task !== null; task = this.#queue.first) {
      if (task.queuedUntilMs === Number.POSITIVE_INFINITY || task.queuedUntilMs > performance.now()) return;
      this.#expire(task);
    }
  }

  readonly #sweep = (): void => {
    this.#dueAtMs = Number.POSITIVE_INFINITY;
    const nowMs = performance.now();
    let nextMs = Number.POSITIVE_INFINITY;
    for (let task = this.#queue.first; task !== null; ) {
      const following: Task | null = task.nextQueued;
      if (task.queuedUntilMs <= nowMs) this.#expire(task);
      else nextMs = Math.min(nextMs, task.queuedUntilMs);
      task = following;
    }
    if (nextMs !== Number.POSITIVE_INFINITY) this.#arm(nextMs, nowMs);
  };

  // Left armed when the queue runs empty: it then finds nothing to do, and a pool under load need not set it anew.
  #arm(dueAtMs: number, nowMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#dueAtMs = dueAtMs;
    const delayMs = Math.min(MAX_TIMEOUT_MS, Math.max(1, Math.ceil(dueAtMs - nowMs)));
    this.#timer = setBackgroundTimer(this.#sweep, delayMs);
  }
}
