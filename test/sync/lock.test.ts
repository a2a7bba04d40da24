import { describe, expect, it } from 'vitest';

import { dumpContexts, GreenPool, run, shield, spawn, wait } from '../../src/index.ts';
import { Lock } from '../../src/sync/index.ts';
import { later, never } from '../support/turns.ts';
import { warningOf } from '../support/warnings.ts';

const turns = async (count = 3): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await later(undefined);
};

describe('Lock', () => {
  it('lets one in at a time, first come, first served', async () => {
    const lock = new Lock();
    const log: string[] = [];
    const tasks = ['a', 'b', 'c'].map((name) =>
      spawn(() => {
        const guard = lock.acquire();
        log.push(`${name} in`);
        wait(later(undefined));
        wait(later(undefined));
        log.push(`${name} out`);
        guard.release();
      }),
    );
    await Promise.all(tasks);
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
    expect(lock.stats).toEqual({ locked: false, waiting: 0, acquired: 3, contended: 2 });
  });

  it('is given back by using, also when the block throws', async () => {
    const lock = new Lock();
    await expect(
      run(() => {
        using _guard = lock.acquire();
        wait(later(undefined));
        throw new Error('in the block');
      }),
    ).rejects.toThrow('in the block');
    expect(lock.locked).toBe(false);
  });

  it('is taken at once or not at all by tryAcquire()', async () => {
    const lock = new Lock();
    const holder = spawn(() => {
      using _guard = lock.acquire();
      wait(later(undefined));
    });
    expect(await run(() => lock.tryAcquire())).toBeNull();
    await holder;
    expect(await run(() => lock.tryAcquire()?.release())).toBeUndefined();
    expect(lock.locked).toBe(false);
  });

  it.each<[string, (lock: Lock) => { end: () => unknown; task: PromiseLike<unknown> }]>([
    [
      'is cancelled',
      (lock) => {
        const task = spawn(() => lock.acquire());
        return { end: () => task.cancel(), task };
      },
    ],
    ['runs out of time', (lock) => ({ end: () => {}, task: run(() => lock.acquire({ timeout: 5 })) })],
  ])('is not lost with a waiter that %s', async (_how, start) => {
    const lock = new Lock();
    const holder = spawn(() => {
      using _guard = lock.acquire();
      wait(new Promise((resolve) => setTimeout(resolve, 20)));
    });
    const { end, task } = start(lock);
    const ended = Promise.allSettled([task]);
    const next = spawn(() => lock.acquire().release());
    expect(lock.stats.waiting).toBe(2);
    end();
    expect(await ended).toMatchObject([{ status: 'rejected' }]);
    await Promise.all([holder, next]);
    expect(lock.stats).toMatchObject({ locked: false, waiting: 0 });
  });

  it('is not lost with a waiter that is cancelled when it has just got it', async () => {
    const lock = new Lock();
    const holder = run(() => lock.acquire());
    const waiter = spawn(() => {
      using _guard = lock.acquire();
      wait(never());
    });
    await holder.then(() => {}); // its task has ended, and the lock goes to the waiter
    waiter.cancel();
    await expect(waiter.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(lock.locked).toBe(false);
  });

  it('goes to the next, with a warning, when its holder ends without giving it back', async () => {
    const lock = new Lock({ name: 'accounts' });
    const warned = warningOf('GREEN_WARN_LOCK_LEFT', 'accounts');
    const holder = spawn(() => {
      lock.acquire();
      wait(later(undefined));
    });
    const next = spawn(() => lock.acquire().release());
    await Promise.all([holder, next]);
    expect((await warned).message).toContain("Lock 'accounts'");
    expect(lock.locked).toBe(false);
  });

  it('goes on to who is left when its holder is destroyed, and the next one before it has woken up', async () => {
    const lock = new Lock();
    const pool = new GreenPool({ cleanupTimeout: 1 });
    const stubborn = (before: () => void) => () =>
      shield({ timeout: 60_000 }, () => {
        before();
        wait(never());
      });
    const destroyed = [pool.submit(stubborn(() => lock.acquire())), pool.submit(stubborn(() => lock.acquire()))];
    const outcomes = Promise.allSettled(destroyed);
    const last = run(() => {
      lock.acquire().release();
      return 'last';
    });
    expect(lock.stats.waiting).toBe(2);
    await pool.shutdown({ drain: 0 });
    expect(await outcomes).toMatchObject([{ reason: { reason: 'shutdown' } }, { reason: { reason: 'shutdown' } }]);
    expect(await last).toBe('last');
    expect(lock.locked).toBe(false);
  });

  it('refuses misuse, with a code', async () => {
    const lock = new Lock({ name: 'accounts' });
    const misuse = expect.objectContaining({
      code: 'GREEN_ERR_LOCK_MISUSE',
      message: expect.stringContaining('accounts'),
    });
    await run(() => {
      expect(() => lock.release()).toThrow(misuse);
      const guard = lock.acquire();
      expect(() => lock.acquire()).toThrow(misuse);
      wait(run(() => expect(() => lock.release()).toThrow(misuse)));
      wait(run(() => expect(() => guard.release()).toThrow(misuse)));
      expect(lock.held).toBe(true);
      guard.release();
      guard.release(); // again, it does nothing
    });
    const stolen = spawn(() => {
      using guard = lock.acquire();
      const { release } = guard;
      setImmediate(() => expect(release).toThrow(misuse));
      wait(turns());
      expect(lock.held).toBe(true);
    });
    await stolen;
    expect(() => lock.release()).toThrow(misuse);
    expect(() => lock.tryAcquire()).toThrow(misuse);
    expect(() => lock.acquire()).toThrow(expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' }));
  });
});

describe('a dump', () => {
  it('names the lock that a context waits for, and who holds it', async () => {
    const lock = new Lock({ name: 'accounts' });
    const holder = spawn(() => {
      using _guard = lock.acquire();
      wait(later(undefined));
      wait(later(undefined));
    });
    const waiter = spawn(() => lock.acquire().release());
    const waiting = dumpContexts().contexts.find(({ waitsFor }) => waitsFor?.startsWith("Lock 'accounts'"));
    expect(waiting?.waitsFor).toMatch(/^Lock 'accounts', held by context \d+$/);
    expect(dumpContexts().findings).toEqual([]);
    await Promise.all([holder, waiter]);
  });

  it('says which contexts wait for each other', async () => {
    const [a, b] = [new Lock({ name: 'a' }), new Lock({ name: 'b' })];
    const take = (first: Lock, second: Lock) => () => {
      using _first = first.acquire();
      wait(later(undefined));
      using _second = second.acquire();
    };
    const tasks = [spawn(take(a, b)), spawn(take(b, a))];
    await turns();
    const { findings } = dumpContexts();
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatch(/^Deadlock: context (\d+) waits for context (\d+) waits for context \1\.$/);
    for (const task of tasks) task.cancel();
    await Promise.allSettled(tasks);
    expect([a.locked, b.locked]).toEqual([false, false]);
    expect(dumpContexts().findings).toEqual([]);
  });

  it('says so of tasks that wait for the outcome of each other', async () => {
    const tasks: ReturnType<typeof spawn>[] = [];
    tasks.push(
      spawn(() => {
        wait(later(undefined));
        wait(tasks[1]);
      }),
    );
    tasks.push(spawn(() => wait(tasks[0]?.promise)));
    await turns();
    expect(dumpContexts().findings).toEqual([expect.stringMatching(/^Deadlock: context \d+ waits for context/)]);
    for (const task of tasks) task.cancel();
    await Promise.allSettled(tasks);
  });
});
