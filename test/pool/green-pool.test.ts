import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { describe, expect, expectTypeOf, it } from 'vitest';

import {
  GREEN_POOL_DEFAULTS,
  GreenPool,
  type GreenPoolOptions,
  inContext,
  type TaskMessage,
  wait,
} from '../../src/index.ts';
import { later } from '../support/turns.ts';

/** A promise settled by hand, so that tests need no clock. */
function gate(): { promise: Promise<void>; open: () => void } {
  let open!: () => void;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

describe('GreenPool', () => {
  it('runs submitted functions in a context and resolves to their result', async () => {
    const pool = new GreenPool();
    expect(await pool.submit(() => [inContext(), wait(later('value'))])).toEqual([true, 'value']);
    expectTypeOf(pool.submit(() => 1)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(pool.submit(async () => 'text')).toEqualTypeOf<Promise<string>>();
  });

  it('rejects with what the function throws, even undefined', async () => {
    const pool = new GreenPool();
    const failures = await Promise.allSettled(
      [new Error('thrown'), undefined, null, 0].map((thrown) =>
        pool.submit(() => {
          wait(later(undefined));
          throw thrown;
        }),
      ),
    );
    expect(failures.map((failure) => failure.status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
    expect(pool.stats).toMatchObject({ failed: 4, completed: 0, active: 0 });
  });

  it('runs at most maxWorkers functions at once and the rest first in, first out', async () => {
    const pool = new GreenPool({ maxWorkers: 3 });
    const started: number[] = [];
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        pool.submit(() => {
          started.push(n);
          most = Math.max(most, ++running);
          wait(later(undefined));
          running--;
        }),
      ),
    );
    expect(most).toBe(3);
    expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(pool.stats).toMatchObject({ peak: 3, completed: 10, active: 0, queued: 0 });
  });

  it('holds the worker until a promise that the function returns has settled', async () => {
    const pool = new GreenPool({ maxWorkers: 1 });
    const { promise, open } = gate();
    const first = pool.submit(async () => {
      await promise;
      return 'first';
    });
    const second = pool.submit(() => 'second');
    expect(pool.stats).toMatchObject({ active: 1, queued: 1 });
    open();
    expect(await Promise.all([first, second])).toEqual(['first', 'second']);
  });

  it('gives queued work the AsyncLocalStorage stores of its submitter', async () => {
    const { AsyncLocalStorage } = await import('node:async_hooks');
    const storage = new AsyncLocalStorage<number>();
    const pool = new GreenPool({ maxWorkers: 1 });
    const seen = await Promise.all(
      [1, 2, 3].map((n) =>
        storage.run(n, () =>
          pool.submit(() => {
            const before = storage.getStore();
            wait(later(undefined));
            return [before, storage.getStore()];
          }),
        ),
      ),
    );
    expect(seen).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  it('works through a long queue of functions that never wait', async () => {
    const pool = new GreenPool({ maxWorkers: 1, maxQueue: Number.POSITIVE_INFINITY });
    const { promise, open } = gate();
    const blocked = pool.submit(() => wait(promise));
    const queued = Array.from({ length: 50_000 }, (_, n) => pool.submit(() => n));
    open();
    await blocked;
    expect((await Promise.all(queued)).at(-1)).toBe(49_999);
  });
});

describe('a full pool', () => {
  it('rejects submit() at once, with live numbers and the remedy', async () => {
    const pool = new GreenPool({ maxWorkers: 1, maxQueue: 1 });
    const { promise, open } = gate();
    const taken = [pool.submit(() => wait(promise)), pool.submit(() => 'queued')];
    await expect(pool.submit(() => 'refused')).rejects.toMatchObject({
      code: 'GREEN_ERR_POOL_FULL',
      name: 'PoolFullError',
      statusCode: 503,
      message: expect.stringMatching(/1 of 1 workers are busy and 1 of 1 queue places.*raise maxWorkers or maxQueue/),
    });
    open();
    expect(await Promise.all(taken)).toEqual([undefined, 'queued']);
    expect(pool.stats).toMatchObject({ rejected: 1, completed: 2 });
  });

  it('queues nothing when maxQueue is 0', async () => {
    const pool = new GreenPool({ maxWorkers: 1, maxQueue: 0 });
    const { promise, open } = gate();
    const taken = pool.submit(() => wait(promise));
    await expect(pool.submit(() => 'refused')).rejects.toMatchObject({ code: 'GREEN_ERR_POOL_FULL' });
    open();
    await taken;
    expect(await pool.submit(() => 'taken again')).toBe('taken again');
  });
});

describe('submit() from a context of the same pool', () => {
  it('runs inline, so that a pool of one cannot deadlock on itself', async () => {
    const pool = new GreenPool({ maxWorkers: 1, maxQueue: 0 });
    const result = await pool.submit(() => wait(pool.submit(() => wait(pool.submit(() => wait(later('deep')))))));
    expect(result).toBe('deep');
    expect(pool.stats.peak).toBe(1);
  });

  it('rejects the inner promise when the inner function throws', async () => {
    const pool = new GreenPool({ maxWorkers: 1 });
    const caught = await pool.submit(() => {
      try {
        return wait(
          pool.submit(() => {
            throw new Error('inner');
          }),
        );
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(caught).toBe('inner');
  });

  it('takes a worker of the other pool when the pools differ', async () => {
    const [outer, inner] = [new GreenPool({ maxWorkers: 1 }), new GreenPool({ maxWorkers: 1 })];
    expect(await outer.submit(() => wait(inner.submit(() => wait(later('inner')))))).toBe('inner');
    expect(inner.stats.completed).toBe(1);
  });
});

describe('map', () => {
  it('returns results in order, with at most maxWorkers calls at once', async () => {
    const pool = new GreenPool({ maxWorkers: 2, maxQueue: 0 });
    const results = await pool.map([5, 4, 3, 2, 1], (n, index) => {
      for (let i = 0; i < n; i++) wait(later(undefined));
      return `${index}:${n}`;
    });
    expect(results).toEqual(['0:5', '1:4', '2:3', '3:2', '4:1']);
    expect(pool.stats.peak).toBe(2);
  });

  it('takes items lazily and stops at the first failure, closing the iterator', async () => {
    const pool = new GreenPool({ maxWorkers: 2 });
    let taken = 0;
    let closed = false;
    function* items(): Generator<number> {
      try {
        for (;;) yield taken++;
      } finally {
        closed = true;
      }
    }
    const failing = pool.map(items(), (n) => {
      wait(later(undefined));
      if (n === 3) throw new Error('third');
    });
    await expect(failing).rejects.toThrow('third');
    expect(closed).toBe(true);
    expect(taken).toBeLessThan(8);
  });

  it('resolves to an empty array for no items', async () => {
    expect(await new GreenPool().map([], () => 1)).toEqual([]);
  });

  it('rejects when given no function or nothing iterable', async () => {
    const pool = new GreenPool();
    await expect(pool.map([1], null as unknown as () => void)).rejects.toMatchObject({ code: 'GREEN_ERR_OPT_INVALID' });
    await expect(pool.map(1 as unknown as [], () => 1)).rejects.toBeInstanceOf(TypeError);
  });
});

describe('maxWorkers', () => {
  it('starts queued work when raised', async () => {
    const pool = new GreenPool({ maxWorkers: 1 });
    const { promise, open } = gate();
    const tasks = [1, 2, 3].map((n) =>
      pool.submit(() => {
        wait(promise);
        return n;
      }),
    );
    expect(pool.stats).toMatchObject({ active: 1, queued: 2 });
    pool.maxWorkers = 3;
    expect(pool.stats).toMatchObject({ active: 3, queued: 0, maxWorkers: 3 });
    open();
    expect(await Promise.all(tasks)).toEqual([1, 2, 3]);
  });

  it('lets busy workers finish when lowered, and starts no more than the new limit', async () => {
    const pool = new GreenPool({ maxWorkers: 3 });
    const first = gate();
    const busy = [1, 2, 3].map(() => pool.submit(() => wait(first.promise)));
    pool.maxWorkers = 1;
    const second = gate();
    const queued = [1, 2].map(() => pool.submit(() => wait(second.promise)));
    first.open();
    await Promise.all(busy);
    expect(pool.stats).toMatchObject({ active: 1, queued: 1 });
    second.open();
    await Promise.all(queued);
  });
});

describe('shutdown', () => {
  it('lets running and queued work finish, then resolves', async () => {
    const pool = new GreenPool({ maxWorkers: 1 });
    const { promise, open } = gate();
    const done: string[] = [];
    void pool.submit(() => wait(promise)).then(() => done.push('running'));
    void pool.submit(() => wait(later(undefined))).then(() => done.push('queued'));
    const closing = pool.shutdown().then(() => done.push('shutdown'));
    expect(pool.closed).toBe(true);
    open();
    await closing;
    expect(done).toEqual(['running', 'queued', 'shutdown']);
  });

  it('refuses new work', async () => {
    const pool = new GreenPool();
    await pool.shutdown();
    await expect(pool.submit(() => 1)).rejects.toMatchObject({ code: 'GREEN_ERR_POOL_CLOSED', statusCode: 503 });
    await expect(pool.map([1], () => 1)).rejects.toMatchObject({ code: 'GREEN_ERR_POOL_CLOSED' });
  });

  it('returns the same promise when called again', () => {
    const pool = new GreenPool();
    expect(pool.shutdown()).toBe(pool.shutdown());
  });
});

describe('queue deadlines', () => {
  it('refuse what no worker came free for in time, with the numbers, and it never starts', async () => {
    const pool = new GreenPool({ maxWorkers: 1, queueTimeout: 20 });
    const { promise, open } = gate();
    const first = pool.submit(() => wait(promise));
    let started = false;
    const second = pool.submit(() => {
      started = true;
    });
    await expect(second).rejects.toMatchObject({
      code: 'GREEN_ERR_POOL_QUEUE_TIMEOUT',
      statusCode: 503,
      message: expect.stringMatching(/within 20 ms: 1 of 1 workers are busy and 0 tasks are queued/),
    });
    expect(pool.stats).toMatchObject({ active: 1, queued: 0, queueTimeouts: 1, failed: 1 });
    open();
    await first;
    expect(started).toBe(false);
  });

  it('hold for one task where submit() says so, also in a pool without', async () => {
    const pool = new GreenPool({ maxWorkers: 1 });
    const { promise, open } = gate();
    const first = pool.submit(() => wait(promise));
    const patient = pool.submit(() => 'patient');
    await expect(pool.submit(() => 0, { queueTimeout: 5 })).rejects.toMatchObject({
      code: 'GREEN_ERR_POOL_QUEUE_TIMEOUT',
    });
    open();
    expect(await first).toBeUndefined();
    expect(await patient).toBe('patient');
  });

  it('are kept in the order they fall due, not in that of the queue', async () => {
    const pool = new GreenPool({ maxWorkers: 1 });
    const { promise, open } = gate();
    const first = pool.submit(() => wait(promise));
    const patient = pool.submit(() => 'patient', { queueTimeout: 600_000 });
    const refused = [20, 10].map((queueTimeout) => pool.submit(() => 0, { queueTimeout }));
    for (const { reason } of (await Promise.allSettled(refused)) as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ code: 'GREEN_ERR_POOL_QUEUE_TIMEOUT' });
    }
    expect(pool.stats.queued).toBe(1);
    open();
    expect(await patient).toBe('patient');
    await first;
  });

  it('hold where the loop was too busy for timers: an overdue task does not start', async () => {
    const pool = new GreenPool({ maxWorkers: 1, queueTimeout: 10 });
    const { promise, open } = gate();
    const first = pool.submit(() => wait(promise));
    const second = pool.submit(() => 'started late');
    const until = performance.now() + 30;
    while (performance.now() < until);
    open();
    await expect(second).rejects.toMatchObject({ code: 'GREEN_ERR_POOL_QUEUE_TIMEOUT' });
    await first;
  });
});

describe('times', () => {
  it('of what never left the queue are those of its waiting', async () => {
    const pool = new GreenPool({ maxWorkers: 1, queueTimeout: 10 });
    const { promise, open } = gate();
    const first = pool.submit(() => wait(promise));
    const seen: TaskMessage[] = [];
    const note = (message: unknown): void => void seen.push(message as TaskMessage);
    subscribe('greenroom:task:end', note);
    await pool.submit(() => 0).catch(() => {});
    unsubscribe('greenroom:task:end', note);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ ranMs: 0, waitedMs: 0, waits: 0 });
    expect(seen[0]?.queuedMs).toBeGreaterThan(5);
    open();
    await first;
  });
});

describe('the queue', () => {
  it('starts higher priorities first', async () => {
    const pool = new GreenPool({ maxWorkers: 1 });
    const { promise, open } = gate();
    const first = pool.submit(() => wait(promise));
    const order: string[] = [];
    const rest = [
      pool.submit(() => order.push('first')),
      pool.submit(() => order.push('urgent'), { priority: 5 }),
      pool.submit(() => order.push('second')),
      pool.submit(() => order.push('whenever'), { priority: -1 }),
    ];
    open();
    await Promise.all([first, ...rest]);
    expect(order).toEqual(['urgent', 'first', 'second', 'whenever']);
  });

  it("starts the newest first with order 'lifo'", async () => {
    const pool = new GreenPool({ maxWorkers: 1, order: 'lifo' });
    const { promise, open } = gate();
    const first = pool.submit(() => wait(promise));
    const order: number[] = [];
    const rest = [1, 2, 3].map((id) => pool.submit(() => order.push(id)));
    open();
    await Promise.all([first, ...rest]);
    expect(order).toEqual([3, 2, 1]);
  });
});

describe('nested work', () => {
  // A handler that waits for async code that comes back to the same pool.
  async function nest(pool: GreenPool): Promise<string> {
    await later(undefined);
    return pool.submit(() => wait(later('inner')));
  }

  it("runs beyond maxWorkers with nested: 'exempt', so that the pool cannot wait for itself", async () => {
    const pool = new GreenPool({ maxWorkers: 2, maxQueue: 0, nested: 'exempt' });
    const outer = [1, 2].map(() => pool.submit(() => wait(nest(pool))));
    expect(await Promise.all(outer)).toEqual(['inner', 'inner']);
    expect(pool.stats).toMatchObject({ active: 0, peak: 4, completed: 4 });
  });

  it('goes on in a pool that is shutting down, as its task may need it', async () => {
    const pool = new GreenPool({ maxWorkers: 1, nested: 'exempt' });
    const outer = pool.submit(() => wait(nest(pool)));
    const closed = pool.shutdown();
    expect(await outer).toBe('inner');
    await closed;
  });

  it('counts again once its task has ended', async () => {
    const pool = new GreenPool({ maxWorkers: 1, maxQueue: 0, nested: 'exempt' });
    const { promise, open } = gate();
    let late: Promise<string> | undefined;
    await pool.submit(() => {
      late = promise.then(() => pool.submit(() => 'late'));
      late.catch(() => {});
    });
    const busy = gate();
    const other = pool.submit(() => wait(busy.promise));
    open();
    await expect(late).rejects.toMatchObject({ code: 'GREEN_ERR_POOL_FULL' });
    busy.open();
    await other;
  });

  it("waits its turn with nested: 'count'", async () => {
    const pool = new GreenPool({ maxWorkers: 1, maxQueue: 0 });
    await expect(pool.submit(() => wait(nest(pool)))).rejects.toMatchObject({ code: 'GREEN_ERR_POOL_FULL' });
  });
});

describe('options', () => {
  it('come from one frozen constant', () => {
    expect(GREEN_POOL_DEFAULTS).toEqual({
      name: 'default',
      maxWorkers: 100,
      maxQueue: 1000,
      queueTimeout: 0,
      order: 'fifo',
      nested: 'count',
      cleanupTimeout: 5000,
      longRunWarning: 0,
      histograms: false,
    });
    expect(new GreenPool().stats).toMatchObject({ maxWorkers: 100, maxQueue: 1000 });
    expect(Object.isFrozen(GREEN_POOL_DEFAULTS)).toBe(true);
  });

  it.each([
    [{ maxWorkers: 0 }, /maxWorkers must be an integer from 1 to 1000000; received 0/],
    [{ maxWorkers: 1.5 }, /maxWorkers/],
    [{ maxWorkers: Number.NaN }, /received NaN/],
    [{ maxWorkers: '5' }, /received '5'/],
    [{ maxQueue: -1 }, /maxQueue must be an integer from 0/],
    [{ queueTimeout: -1 }, /queueTimeout must be an integer from 0/],
    [{ order: 'random' }, /order must be one of 'fifo', 'lifo'; received 'random'/],
    [{ nested: true }, /nested must be one of 'count', 'exempt'/],
    [{ size: 5 }, /options must be made of name, maxWorkers, maxQueue, .*; received 'size'/],
    [null, /options must be an object/],
  ])('refuses %o', (options, message) => {
    expect(() => new GreenPool(options as unknown as GreenPoolOptions)).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID', message: expect.stringMatching(message) }),
    );
  });

  it('refuses a maxWorkers set later', () => {
    const pool = new GreenPool();
    expect(() => {
      pool.maxWorkers = 0;
    }).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
    expect(pool.maxWorkers).toBe(100);
  });

  it('refuses to submit what is no function', async () => {
    await expect(new GreenPool().submit(5 as unknown as () => void)).rejects.toMatchObject({
      code: 'GREEN_ERR_OPT_INVALID',
    });
  });
});
