// Queue of tasks, highest priority first, linked through the tasks themselves: nothing is allocated, and a task that is
// cancelled leaves from the middle at once, so that it neither counts nor keeps its request alive.

import type { Task } from './task.ts';

/** Among equal priorities: who came first, or who came last. */
export type QueueOrder = 'fifo' | 'lifo';

export class TaskQueue {
  readonly #order: QueueOrder;
  #first: Task | null = null;
  #last: Task | null = null;
  #size = 0;

  constructor(order: QueueOrder = 'fifo') {
    this.#order = order;
  }

  get first(): Task | null {
    return this.#first;
  }

  get size(): number {
    return this.#size;
  }

  /** Where all priorities are equal, at once; else as many steps as there are tasks to pass. */
  push(task: Task): void {
    let previous = this.#order === 'fifo' ? this.#last : null;
    if (this.#order === 'fifo') {
      while (previous !== null && previous.priority < task.priority) previous = previous.previousQueued;
    } else {
      for (let next = this.#first; next !== null && next.priority > task.priority; next = next.nextQueued)
        previous = next;
    }
    this.#insertAfter(previous, task);
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

  #insertAfter(previous: Task | null, task: Task): void {
    const next = previous === null ? this.#first : previous.nextQueued;
    task.previousQueued = previous;
    task.nextQueued = next;
    if (previous === null) this.#first = task;
    else previous.nextQueued = task;
    if (next === null) this.#last = task;
    else next.previousQueued = task;
    this.#size++;
  }
}
