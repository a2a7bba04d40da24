// A queue that gives the smallest item first. After Python's queue.PriorityQueue, but equal items come first in, first out.

import { assertFunction, assertObject } from '../pool/index.ts';
import { Queue, type QueueOptions } from './queue.ts';
import { PriorityStore } from './queue-stores.ts';

export interface PriorityQueueOptions<T> extends QueueOptions {
  /**
   * Negative if `a` comes before `b`, positive if after, as for `Array#sort()`. Default: by `<`, for numbers say. It must
   * not wait, for which it gets `GREEN_ERR_WAIT_FORBIDDEN`: other contexts would find the queue half-sorted.
   */
  compare?: (a: T, b: T) => number;
}

/**
 * A {@link Queue} that gives the smallest item first, and of equal ones the oldest.
 *
 * @example
 * ```ts
 * import { PriorityQueue } from 'greenroom/sync';
 *
 * const jobs = new PriorityQueue({ compare: (a, b) => a.priority - b.priority });
 * ```
 * @see docs/sync.md
 */
export class PriorityQueue<T> extends Queue<T> {
  constructor(options: PriorityQueueOptions<T> = {}) {
    assertObject(options, 'PriorityQueue options');
    const { compare = bySize } = options;
    assertFunction('compare', compare);
    super(options, new PriorityStore<T>(compare), { compare });
  }
}

function bySize(a: unknown, b: unknown): number {
  if ((a as number) < (b as number)) return -1;
  return (b as number) < (a as number) ? 1 : 0;
}
