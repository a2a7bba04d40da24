import { describe, expect, it } from 'vitest';

import { run, spawn, wait } from '../../src/index.ts';
import { LifoQueue, PriorityQueue, Queue } from '../../src/sync/index.ts';
import { later, spawnDoomed, turns } from '../support/turns.ts';

const CLOSED = expect.objectContaining({ code: 'GREEN_ERR_QUEUE_CLOSED' });
const INVALID = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });

function drained<T>(queue: Queue<T>): T[] {
  const items: T[] = [];
  while (queue.size > 0) items.push(queue.tryGet() as T);
  return items;
}

describe('the order of items', () => {
  it.each([
    [Queue, [3, 1, 2, 1]],
    [LifoQueue, [1, 2, 1, 3]],
    [PriorityQueue, [1, 1, 2, 3]],
  ])('in a %o', (Class, expected) => {
    const queue = new Class<number>();
    for (const item of [3, 1, 2, 1]) queue.put(item);
    expect(drained(queue)).toEqual(expected);
  });

  it('in a Queue does not change with its size', () => {
    const queue = new Queue<number>();
    const got: number[] = [];
    for (let i = 0; i < 1000; i++) {
      queue.put(i);
      if (i % 3 === 0) got.push(queue.tryGet() as number);
    }
    expect([...got, ...drained(queue)]).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  it('in a PriorityQueue is by compare, equal ones first in, first out', () => {
    const queue = new PriorityQueue<[number, string]>({ compare: ([a], [b]) => b - a });
    const items: [number, string][] = [];
    for (let i = 0; i < 200; i++) items.push([(i * 7) % 5, `item ${i}`]);
    for (const item of items) queue.put(item);
    expect(drained(queue)).toEqual(items.toSorted(([a], [b]) => b - a));
  });

  it('in a PriorityQueue is not spoilt by a compare that throws', async () => {
    const compare = (a: number, b: number): number => {
      if (Number.isNaN(a)) throw new Error('incomparable');
      return a - b;
    };
    const queue = new PriorityQueue({ compare, maxSize: 5 });
    for (const item of [5, 3, 4, 1]) queue.tryPut(item);
    expect(() => queue.tryPut(Number.NaN)).toThrow('incomparable');
    expect(queue.stats).toMatchObject({ size: 4, unfinished: 4, put: 4 });
    queue.tryPut(2);
    const waiting = run(() => queue.put(Number.NaN));
    expect(queue.tryGet()).toBe(1);
    await expect(waiting).rejects.toThrow('incomparable');
    expect(drained(queue)).toEqual([2, 3, 4, 5]);
  });

  it('in a PriorityQueue is not spoilt by a compare that waits, which is refused', async () => {
    let waits = false;
    const compare = (a: number, b: number): number => {
      if (waits) wait(later(undefined));
      return a - b;
    };
    const queue = new PriorityQueue({ compare });
    for (const item of [3, 1]) queue.put(item);
    waits = true;
    const puts = [2, 0].map((item) => run(() => queue.put(item)));
    const forbidden = { status: 'rejected', reason: { code: 'GREEN_ERR_WAIT_FORBIDDEN' } };
    expect(await Promise.allSettled(puts)).toMatchObject([forbidden, forbidden]);
    waits = false;
    expect(drained(queue)).toEqual([1, 3]);
  });

  it('in a PriorityQueue is not spoilt by a compare that throws when a destroyed getter gives its item back', async () => {
    const compare = (a: number, b: number): number => {
      if (Number.isNaN(a) || Number.isNaN(b)) throw new Error('incomparable');
      return a - b;
    };
    const queue = new PriorityQueue({ compare });
    const doomed = spawnDoomed(() => queue.get());
    for (const item of [Number.NaN, 2, 1]) queue.put(item);
    doomed.destroy();
    expect(await doomed.outcome).toMatchObject([{ reason: { reason: 'shutdown' } }]);
    expect(queue.size).toBe(3);
    expect(drained(queue)).toEqual([Number.NaN, 1, 2]);
  });
});

describe('get() and put()', () => {
  it('hand over in the order of the calls', async () => {
    const queue = new Queue<string>();
    const getters = Promise.all([0, 1, 2].map(() => run(() => queue.get())));
    for (const item of ['a', 'b', 'c']) queue.put(item);
    expect(queue.size).toBe(0);
    expect(await getters).toEqual(['a', 'b', 'c']);
  });

  it('wait for room, first come, first served', async () => {
    const queue = new Queue<number>({ maxSize: 2 });
    const done: number[] = [];
    const putters = [0, 1, 2, 3, 4].map((item) =>
      run(() => {
        queue.put(item);
        done.push(item);
      }),
    );
    await turns();
    expect(done).toEqual([0, 1]);
    expect(queue.stats).toMatchObject({ size: 2, putters: 3, put: 2 });
    expect(queue.tryPut(9)).toBe(false);
    expect(queue.tryGet()).toBe(0);
    expect(queue.tryPut(9)).toBe(false); // the room is somebody's
    const got = await run(() => [1, 2, 3, 4].map(() => queue.get()));
    await Promise.all(putters);
    expect([got, done]).toEqual([
      [1, 2, 3, 4],
      [0, 1, 2, 3, 4],
    ]);
  });

  it('of an unbounded queue may put from anywhere', async () => {
    const queue = new Queue<string>();
    const getter = run(() => queue.get());
    setImmediate(() => queue.put('from a callback'));
    expect(await getter).toBe('from a callback');
    expect(() => queue.put('x', { timeout: -1 })).toThrow(INVALID);
    const bounded = new Queue<string>({ maxSize: 1 });
    expect(() => bounded.put('x')).toThrow(expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' }));
  });

  it('may carry undefined, which tryGet() tells from nothing', () => {
    const queue = new Queue<undefined>();
    const nothing = Symbol('nothing');
    expect(queue.tryGet(nothing)).toBe(nothing);
    queue.put(undefined);
    expect(queue.tryGet(nothing)).toBeUndefined();
    expect(queue.tryGet()).toBeUndefined();
  });

  it.each([Queue, LifoQueue, PriorityQueue])(
    'put back, in a %o, as the next what a destroyed getter had been given',
    async (Class) => {
      const queue = new Class<number>();
      const doomed = spawnDoomed(() => queue.get());
      queue.put(1);
      queue.put(1);
      doomed.destroy();
      expect(queue.stats).toMatchObject({ size: 2, unfinished: 2, put: 2 });
      expect(drained(queue)).toEqual([1, 1]);
    },
  );

  it('refuse a bad maxSize', () => {
    for (const maxSize of [0, -1, 1.5, Number.NaN]) expect(() => new Queue({ maxSize })).toThrow(INVALID);
    expect(() => new PriorityQueue({ compare: 1 as never })).toThrow(INVALID);
  });
});

describe('join()', () => {
  it('waits until every item is done', async () => {
    const queue = new Queue<number>();
    const log: string[] = [];
    const worker = spawn(() => {
      for (const item of queue) {
        wait(later(undefined));
        log.push(`done ${item}`);
        queue.taskDone();
      }
      log.push('worker ends');
    });
    await run(() => {
      queue.join(); // nothing to do
      for (const item of [1, 2]) queue.put(item);
      queue.join();
      log.push('joined');
    });
    queue.shutdown();
    await worker;
    expect(log).toEqual(['done 1', 'done 2', 'joined', 'worker ends']);
  });

  it('refuses taskDone() beyond what was put', () => {
    const queue = new Queue<number>({ name: 'jobs' });
    queue.put(1);
    queue.taskDone();
    expect(() => queue.taskDone()).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_SYNC_MISUSE', message: expect.stringContaining("Queue 'jobs'") }),
    );
  });
});

describe('shutdown()', () => {
  it('lets what lies there be got, and wakes those who wait in vain', async () => {
    const queue = new Queue<number>({ maxSize: 1, name: 'jobs' });
    queue.tryPut(1);
    const putter = expect(run(() => queue.put(2))).rejects.toMatchObject({
      code: 'GREEN_ERR_QUEUE_CLOSED',
      message: expect.stringContaining("Queue 'jobs'"),
    });
    queue.shutdown();
    await putter;
    expect(queue.closed).toBe(true);
    expect(() => queue.tryPut(3)).toThrow(CLOSED);
    expect(await run(() => queue.get())).toBe(1);
    await expect(run(() => queue.get())).rejects.toEqual(CLOSED);
    expect(() => queue.tryGet()).toThrow(CLOSED);
    expect(queue.stats).toMatchObject({ size: 0, unfinished: 1, put: 1, closed: true });
  });

  it('wakes those who wait for an item', async () => {
    const queue = new Queue<number>();
    const getters = Promise.allSettled([0, 1].map(() => run(() => queue.get())));
    const reader = run(() => [...queue]);
    {
      using _queue = queue;
    }
    expect(await getters).toMatchObject([{ reason: CLOSED }, { reason: CLOSED }]);
    expect(await reader).toEqual([]);
  });

  it('drops what lies there if it is immediate, and join() does not wait for that', async () => {
    const queue = new Queue<number>();
    for (const item of [1, 2, 3]) queue.put(item);
    expect(queue.tryGet()).toBe(1);
    let joined = false;
    const joiner = run(() => {
      queue.join();
      joined = true;
    });
    queue.shutdown({ immediate: true });
    expect(queue.stats).toMatchObject({ size: 0, unfinished: 1 });
    await turns();
    expect(joined).toBe(false);
    queue.taskDone(); // the one that was got
    await joiner;
    queue.shutdown({ immediate: true });
    expect(() => queue.taskDone()).toThrow(expect.objectContaining({ code: 'GREEN_ERR_SYNC_MISUSE' }));
  });

  it('drops, if it is immediate, what a destroyed getter had been given', () => {
    const queue = new Queue<number>();
    const doomed = spawnDoomed(() => queue.get());
    queue.put(1);
    queue.shutdown({ immediate: true });
    expect(queue.stats.unfinished).toBe(1);
    doomed.destroy();
    expect(queue.stats).toMatchObject({ size: 0, unfinished: 0 });
  });
});
