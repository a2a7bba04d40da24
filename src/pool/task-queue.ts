// First-in-first-out queue of tasks, linked through the tasks themselves: nothing is allocated, and a task that is
// cancelled leaves from the middle at once, so that it neither counts nor keeps its request alive.

import type { Task } from './task.ts';

export class TaskQueue {
  #first: Task | null = null;
  #last: Task | null = null;
  #size = 0;

  get first(): Task | null {
    return this.#first;
  }

  get size(): number {
    return this.#size;
  }

  push(task: Task): void {
    task.previousQueued = this.#last;
    if (this.#last === null) this.#first = task;
    else this.#last.nextQueued = task;
    this.#last = task;
    this.#size++;
  }

  shift(): Task | null {
    const task = this.#first;
    if (task !== null) this.remove(task);
    return task;
  }

  /** `task` must be in this queue. */
  remove(task: Task): void {
    const { previousQueued, nextQueued } = task;
    if (previousQueued === null) this.#first = nextQueued;
    else previousQueued.nextQueued = nextQueued;
    if (nextQueued === null) this.#last = previousQueued;
    else nextQueued.previousQueued = previousQueued;
    task.previousQueued = null;
    task.nextQueued = null;
    this.#size--;
  }
}
