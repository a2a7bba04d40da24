import { describe, expect, it } from 'vitest';

import { Task } from '../../src/pool/task.ts';
import { TaskQueue } from '../../src/pool/task-queue.ts';

class NumberedTask extends Task {
  override run(): void {}
  override settle(): void {}
}

describe('TaskQueue', () => {
  it('gives tasks back first in, first out, without those that left from the middle', () => {
    const queue = new TaskQueue();
    const model: Task[] = [];
    for (let round = 0; round < 300; round++) {
      for (let i = 0; i < (round * 7) % 23; i++) {
        const task = new NumberedTask();
        queue.push(task);
        model.push(task);
      }
      for (let i = 0; i < (round * 3) % 7 && model.length > 0; i++) {
        const [task] = model.splice((round * 13 + i) % model.length, 1);
        queue.remove(task as Task);
      }
      for (let i = 0; i < (round * 5) % 19; i++) expect(queue.shift()).toBe(model.shift() ?? null);
      expect(queue.size).toBe(model.length);
      expect(queue.first).toBe(model[0] ?? null);
    }
    while (model.length > 0) expect(queue.shift()).toBe(model.shift());
    expect(queue.shift()).toBeNull();
    expect(queue.size).toBe(0);
  });

  it.each(['fifo', 'lifo'] as const)('gives higher priorities back first, and equal ones in order %s', (order) => {
    const queue = new TaskQueue(order);
    const priorities = [0, 2, 1, 2, -1, 0, 5, 1, 0, 2];
    const tasks = priorities.map((priority) => Object.assign(new NumberedTask(), { priority }));
    for (const task of tasks) queue.push(task);
    const sign = order === 'fifo' ? 1 : -1;
    const expected = tasks.toSorted((a, b) => b.priority - a.priority || sign * (tasks.indexOf(a) - tasks.indexOf(b)));
    expect(tasks.map(() => queue.shift())).toEqual(expected);
    expect(queue.size).toBe(0);
  });
});
