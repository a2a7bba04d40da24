import { describe, expect, it } from 'vitest';

import { run, spawn, wait } from '../../src/index.ts';
import { BoundedSemaphore, Semaphore } from '../../src/sync/index.ts';
import { later, never, spawnDoomed } from '../support/turns.ts';

describe.each([Semaphore, BoundedSemaphore])('%o', (Class) => {
  it('lets so many in at once, first come, first served', async () => {
    const semaphore = new Class(2);
    const order: number[] = [];
    let inside = 0;
    const tasks = [0, 1, 2, 3, 4].map((id) =>
      spawn(() => {
        using _permit = semaphore.acquire();
        order.push(id);
        expect(++inside).toBeLessThanOrEqual(2);
        wait(later(undefined));
        inside--;
      }),
    );
    expect(semaphore.stats).toEqual({ available: 0, waiting: 3, acquired: 2, contended: 3 });
    await Promise.all(tasks);
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect(semaphore.stats).toEqual({ available: 2, waiting: 0, acquired: 5, contended: 3 });
  });

  it('gives a permit at once or not at all by tryAcquire(), outside contexts too', () => {
    const semaphore = new Class(1);
    const guard = semaphore.tryAcquire();
    expect(semaphore.tryAcquire()).toBeNull();
    guard?.release();
    guard?.release(); // again, it does nothing
    expect(semaphore.available).toBe(1);
  });

  it('takes a permit back from anywhere', async () => {
    const semaphore = new Class(1);
    const task = run(() => {
      semaphore.acquire();
      semaphore.acquire();
      return 'both';
    });
    setImmediate(() => semaphore.release());
    expect(await task).toBe('both');
  });

  it('takes back the permit of run(), when the function throws, its promise rejects, or its task is destroyed', async () => {
    const semaphore = new Class(1);
    const value = await run(() => {
      const waited = semaphore.run(() => later('waited'));
      expect(() =>
        semaphore.run(() => {
          throw new Error('thrown');
        }),
      ).toThrow('thrown');
      expect(() => semaphore.run(() => Promise.reject(new Error('rejected')))).toThrow('rejected');
      return waited;
    });
    expect(value).toBe('waited');
    const doomed = spawnDoomed(() => semaphore.run(() => wait(never())));
    expect(semaphore.available).toBe(0);
    doomed.destroy();
    expect(semaphore.available).toBe(1);
    await expect(run(() => semaphore.run(1 as never))).rejects.toMatchObject({ code: 'GREEN_ERR_OPT_INVALID' });
  });

  it('refuses bad counts', () => {
    const invalid = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
    expect(() => new Class(-1)).toThrow(invalid);
    expect(() => new Class(1.5)).toThrow(invalid);
    expect(() => new Class(2).release(0)).toThrow(invalid);
  });
});

describe('release()', () => {
  it('adds permits to a Semaphore', async () => {
    const semaphore = new Semaphore(0);
    const tasks = Promise.all([1, 2].map((id) => run(() => semaphore.acquire() && id)));
    semaphore.release(3);
    expect(await tasks).toEqual([1, 2]);
    expect(semaphore.available).toBe(1);
  });

  it('of more than was taken is refused by a BoundedSemaphore', () => {
    const semaphore = new BoundedSemaphore(2, { name: 'db' });
    semaphore.tryAcquire();
    const misuse = expect.objectContaining({
      code: 'GREEN_ERR_SYNC_MISUSE',
      message: expect.stringContaining("BoundedSemaphore 'db': 2 came back with 1 of 2 free."),
    });
    expect(() => semaphore.release(2)).toThrow(misuse);
    semaphore.release();
    expect(() => semaphore.release()).toThrow(expect.objectContaining({ code: 'GREEN_ERR_SYNC_MISUSE' }));
    expect(semaphore.available).toBe(2);
  });

  it('beyond what was taken, which a BoundedSemaphore cannot tell, does no harm when tasks are destroyed', async () => {
    const semaphore = new BoundedSemaphore(1);
    const holder = spawnDoomed(() => semaphore.run(() => wait(never())));
    const waiter = spawnDoomed(() => semaphore.acquire());
    semaphore.release(); // the holder's, and it goes to the waiter
    semaphore.release(); // the waiter's
    for (const doomed of [waiter, holder]) doomed.destroy();
    for (const { outcome } of [waiter, holder])
      expect(await outcome).toMatchObject([{ reason: { reason: 'shutdown' } }]);
    expect(semaphore.available).toBe(1);
  });
});
