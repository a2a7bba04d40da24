import { describe, expect, it } from 'vitest';

import { run, spawn, wait } from '../../src/index.ts';
import { Condition, Lock, RLock } from '../../src/sync/index.ts';
import { later, spawnDoomed, turns } from '../support/turns.ts';

const notified = (condition: Condition, count?: number): Promise<void> =>
  run(() => {
    using _held = condition.acquire();
    condition.notify(count);
  });

describe('Condition', () => {
  it('notifies those who have waited for longest, and they go on with the lock', async () => {
    const condition = new Condition();
    const order: number[] = [];
    const tasks = [0, 1, 2, 3].map((id) =>
      run(() => {
        using _held = condition.acquire();
        condition.wait();
        expect(condition.lock.held).toBe(true);
        order.push(id);
      }),
    );
    expect(condition.lock.locked).toBe(false);
    await notified(condition);
    await turns();
    expect(order).toEqual([0]);
    await notified(condition, 2);
    await turns();
    expect(order).toEqual([0, 1, 2]);
    await run(() => {
      using _held = condition.acquire();
      condition.notifyAll();
      condition.notify();
    });
    await Promise.all(tasks);
    expect(order).toEqual([0, 1, 2, 3]);
    expect(condition.stats).toEqual({ waiting: 0, notified: 4 });
  });

  it('gives up an RLock however deep it is held, and takes it back as deep', async () => {
    const lock = new RLock();
    const condition = new Condition({ lock });
    const task = run(() => {
      using _outer = lock.acquire();
      using _inner = condition.acquire();
      condition.wait();
      expect(lock.stats.depth).toBe(2);
    });
    expect(lock.locked).toBe(false);
    await notified(condition);
    await task;
    expect(lock.locked).toBe(false);
  });

  it('gives the lock back by a guard that somebody else has tried while it waited', async () => {
    const condition = new Condition();
    let release = (): void => {};
    const task = run(() => {
      {
        using guard = condition.acquire();
        release = guard.release;
        condition.wait();
      }
      return condition.lock.held;
    });
    release(); // nobody has the lock
    await run(() => {
      using _held = condition.acquire();
      release(); // somebody else has it
      condition.notify();
    });
    expect(await task).toBe(false);
  });

  it('waits with several conditions on one Lock', async () => {
    const lock = new Lock();
    const [full, empty] = [new Condition({ lock }), new Condition({ lock })];
    let item: number | null = null;
    const got: number[] = [];
    const consumer = run(() => {
      for (let i = 0; i < 5; i++) {
        using _held = lock.acquire();
        full.waitFor(() => item !== null);
        got.push(item as number);
        item = null;
        empty.notify();
      }
    });
    await run(() => {
      for (let i = 0; i < 5; i++) {
        using _held = lock.acquire();
        empty.waitFor(() => item === null);
        item = i;
        full.notify();
      }
    });
    await consumer;
    expect(got).toEqual([0, 1, 2, 3, 4]);
  });

  it('holds the lock when its wait ends by a timeout or a cancellation, and only then', async () => {
    const condition = new Condition();
    let letGo = (): void => {};
    const seen: unknown[] = [];
    const waiter = (limits: { timeout?: number }) => (): void => {
      using _held = condition.acquire();
      try {
        condition.wait(limits);
      } catch (error) {
        seen.push([(error as { code: string }).code, condition.lock.held]);
      }
    };
    const tasks = [spawn(waiter({ timeout: 1 })), spawn(waiter({}))];
    const holder = run(() => {
      using _held = condition.acquire();
      wait(
        new Promise<void>((resolve) => {
          letGo = resolve;
        }),
      );
    });
    tasks[1]?.cancel();
    tasks[1]?.cancel();
    while (condition.stats.waiting > 0) await turns(1);
    await turns();
    expect(seen).toEqual([]); // both wait for the lock
    letGo();
    await Promise.all([holder, ...tasks]);
    expect(seen).toHaveLength(2);
    expect(seen).toContainEqual(['GREEN_ERR_WAIT_TIMEOUT', true]);
    expect(seen).toContainEqual(['GREEN_ERR_CANCELLED', true]);
    expect(condition.lock.locked).toBe(false);
  });

  it('tells a task that is cancelled while it takes the lock back at its next wait', async () => {
    const condition = new Condition();
    const log: string[] = [];
    const task = spawn(() => {
      using _held = condition.acquire();
      condition.wait();
      log.push('notified');
      wait(later(undefined));
    });
    await run(() => {
      using _held = condition.acquire();
      condition.notify();
      wait(later(undefined));
      task.cancel();
      wait(later(undefined));
      expect(log).toEqual([]);
    });
    await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(log).toEqual(['notified']);
    expect(condition.lock.locked).toBe(false);
  });

  it('notifies another one when a notified task is destroyed while it takes the lock back', async () => {
    const condition = new Condition();
    const doomed = spawnDoomed(() => {
      using _held = condition.acquire();
      condition.wait();
    });
    const next = run(() => {
      using _held = condition.acquire();
      condition.wait();
      return 'next';
    });
    await run(() => {
      using _held = condition.acquire();
      condition.notify();
      wait(later(undefined));
      doomed.destroy();
    });
    expect(await next).toBe('next');
    expect(condition.lock.locked).toBe(false);
  });

  it('returns what the predicate of waitFor() returned, or gives up when all the time is over', async () => {
    const condition = new Condition();
    let value = '';
    const task = run(() => {
      using _held = condition.acquire();
      return condition.waitFor(() => value, { timeout: 60_000 });
    });
    await notified(condition);
    value = 'there';
    await notified(condition);
    expect(await task).toBe('there');
    const late = run(() => {
      using _held = condition.acquire();
      return condition.waitFor(() => false, { timeout: 5 });
    });
    await expect(late).rejects.toMatchObject({
      code: 'GREEN_ERR_WAIT_TIMEOUT',
      message: expect.stringContaining('condition.waitFor() exceeded its limit of 5 ms'),
    });
  });

  it('asks the predicate of waitFor() once more when the time is over', async () => {
    const condition = new Condition();
    let value = '';
    const task = run(() => {
      using _held = condition.acquire();
      return condition.waitFor(() => value, { timeout: 5 });
    });
    await run(() => {
      using _held = condition.acquire();
      while (condition.stats.waiting > 0) wait(later(undefined)); // it has given up, and waits for the lock
      value = 'just in time';
    });
    expect(await task).toBe('just in time');
  });

  it('waits for the promise of a predicate', async () => {
    const condition = new Condition();
    let value = '';
    const task = run(() => {
      using _held = condition.acquire();
      return condition.waitFor(async () => later(value));
    });
    while (condition.stats.waiting === 0) await turns(1);
    value = 'there';
    await notified(condition);
    expect(await task).toBe('there');
  });

  it('refuses who does not hold the lock, and bad arguments', async () => {
    const condition = new Condition({ name: 'stock' });
    const misuse = expect.objectContaining({
      code: 'GREEN_ERR_LOCK_MISUSE',
      message: expect.stringContaining('stock'),
    });
    const invalid = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
    await run(() => {
      expect(() => condition.wait()).toThrow(misuse);
      expect(() => condition.waitFor(() => true)).toThrow(misuse);
      expect(() => condition.notify()).toThrow(misuse);
      expect(() => condition.release()).toThrow(misuse);
      using _held = condition.tryAcquire();
      expect(() => condition.notify(0)).toThrow(invalid);
      expect(() => condition.waitFor(1 as never)).toThrow(invalid);
    });
    expect(() => condition.notifyAll()).toThrow(misuse);
    expect(() => new Condition({ lock: {} as never })).toThrow(invalid);
  });
});
