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
});
