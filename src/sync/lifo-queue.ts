// A queue that gives the newest item first. After Python's queue.LifoQueue.

import { Queue, type QueueOptions } from './queue.ts';
import { LifoStore } from './queue-stores.ts';

/**
 * A {@link Queue}: last in, first out. Contexts are still served in the order in which they came.
 *
 * @see docs/sync.md
 */
export class LifoQueue<T> extends Queue<T> {
  constructor(options: QueueOptions = {}) {
    super(options, new LifoStore<T>());
  }
}
