import { describe, expect, it } from 'vitest';

import { run, spawn, wait } from '../../src/index.ts';
import { Event, Latch } from '../../src/sync/index.ts';
import { later } from '../support/turns.ts';

describe('Event', () => {
  it('lets all go on who wait for it, and those who come before it is cleared', async () => {
    const event = new Event();
    const order: number[] = [];
    const tasks = [0, 1, 2].map((id) =>
      run(() => {
        event.wait();
        order.push(id);
      }),
    );
    expect(event.stats).toEqual({ isSet: false, waiting: 3 });
    setImmediate(() => event.set());
    await Promise.all(tasks);
    expect(order).toEqual([0, 1, 2]);
    await run(() => event.wait());
    event.clear();
    expect(event.isSet).toBe(false);
    await expect(run(() => event.wait({ timeout: 1 }))).rejects.toMatchObject({ code: 'GREEN_ERR_WAIT_TIMEOUT' });
  });

  it('lets those go on who waited when it was set, though it is cleared before they wake up', async () => {
    const event = new Event();
    const task = run(() => event.wait());
    event.set();
    event.clear();
    await task;
    expect(event.isSet).toBe(false);
  });
});

describe('Latch', () => {
  it('lets all go on at zero', async () => {
    const latch = new Latch(3);
    let passed = 0;
    const tasks = [0, 1].map(() =>
      run(() => {
        latch.wait();
        passed++;
      }),
    );
    latch.countDown(2);
    await later(undefined);
    expect([passed, latch.stats]).toEqual([0, { count: 1, waiting: 2 }]);
    latch.countDown();
    await Promise.all(tasks);
    await run(() => latch.wait());
    expect(passed).toBe(2);
  });

  it('counts what is added and not done, by using', async () => {
    const latch = new Latch();
    const done: number[] = [];
    await run(() => {
      for (const id of [0, 1, 2]) {
        const job = latch.add();
        void spawn(() => {
          using _job = job;
          wait(later(undefined));
          done.push(id);
        });
      }
      expect(latch.count).toBe(3);
      latch.wait();
      expect(done).toEqual([0, 1, 2]);
    });
  });

  it('refuses to go below zero', () => {
    const latch = new Latch(1, { name: 'jobs' });
    expect(() => latch.countDown(2)).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_SYNC_MISUSE', message: expect.stringContaining("Latch 'jobs'") }),
    );
    expect(latch.count).toBe(1);
    expect(() => new Latch(-1)).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
    expect(() => latch.add(0)).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
  });
});
