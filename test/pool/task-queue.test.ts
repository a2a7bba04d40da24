import { describe, expect, it } from 'vitest';

import { TaskQueue } from '../../src/pool/task-queue.ts';

describe('TaskQueue', () => {
  it('gives items back first in, first out, across wrapping and growing', () => {
    const queue = new TaskQueue<number>();
    const model: number[] = [];
    let next = 0;
    for (let round = 0; round < 200; round++) {
      for (let i = 0; i < (round * 7) % 23; i++) {
        queue.push(next);
        model.push(next++);
      }
      for (let i = 0; i < (round * 5) % 19; i++) expect(queue.shift()).toBe(model.shift());
      expect(queue.size).toBe(model.length);
    }
    while (model.length > 0) expect(queue.shift()).toBe(model.shift());
    expect(queue.shift()).toBeUndefined();
    expect(queue.size).toBe(0);
  });
});
