// Keeps a pool from waiting for itself: work that the async code of a task brings back to the task's own pool does not
// wait for a worker, since the worker may be waiting for it (handler → `wait(next())` → async middleware → handler).

import { AsyncLocalStorage } from 'node:async_hooks';

import type { Task } from './task.ts';

/** Not the task itself: a keep-alive socket opened in a task keeps its stores, and would keep its request. */
export interface Worker {
  held: boolean;
}

export class NestedWork {
  readonly #workers = new AsyncLocalStorage<Worker>();

  /** `task` begins to hold a worker. In the task's context. */
  begin(task: Task): void {
    task.worker = { held: true };
    this.#workers.enterWith(task.worker);
  }

  /** Whether the caller, sync or async, works on behalf of a task that holds a worker. */
  get isHere(): boolean {
    return this.#workers.getStore()?.held === true;
  }
}
