import { describe, expect, it } from 'vitest';

import { dumpContexts, run, spawn, wait } from '../../src/index.ts';
import { RLock } from '../../src/sync/index.ts';
import { later, turns } from '../support/turns.ts';
import { warningOf } from '../support/warnings.ts';

describe('RLock', () => {
  it('is free when its holder has given it back as often as it took it', async () => {
    const lock = new RLock();
    const log: string[] = [];
    const holder = spawn(() => {
      using _outer = lock.acquire();
      {
        using _inner = lock.acquire();
        expect(lock.tryAcquire()).not.toBeNull();
        expect(lock.stats).toEqual({ locked: true, waiting: 0, acquired: 1, contended: 0, depth: 3 });
        lock.release();
        wait(later(undefined));
      }
      expect(lock.stats.depth).toBe(1);
      wait(later(undefined));
      log.push('given back');
    });
    const other = spawn(() => {
      expect(lock.tryAcquire()).toBeNull();
      expect(() => lock.release()).toThrow(expect.objectContaining({ code: 'GREEN_ERR_LOCK_MISUSE' }));
      using _held = lock.acquire();
      log.push('taken');
    });
    await Promise.all([holder, other]);
    expect(log).toEqual(['given back', 'taken']);
    expect(lock.stats).toMatchObject({ locked: false, depth: 0, contended: 1 });
  });

  it('is given back by a guard once, and not by one of an earlier holding', async () => {
    const lock = new RLock();
    await run(() => {
      const early = lock.acquire();
      lock.release();
      const guard = lock.acquire();
      early.release();
      expect(lock.held).toBe(true);
      guard.release();
      guard.release();
      expect(lock.held).toBe(false);
      expect(() => lock.release()).toThrow(expect.objectContaining({ code: 'GREEN_ERR_LOCK_MISUSE' }));
    });
  });

  it('goes to the next, with a warning, when its holder ends however deep it has it', async () => {
    const lock = new RLock({ name: 'deep' });
    const warned = warningOf('GREEN_WARN_LOCK_LEFT', 'deep');
    const holder = spawn(() => {
      lock.acquire();
      lock.acquire();
      wait(later(undefined));
    });
    await Promise.all([holder, run(() => lock.acquire().release())]);
    expect((await warned).message).toContain("RLock 'deep'");
    expect(lock.locked).toBe(false);
  });

  it('is part of the circles that a dump finds', async () => {
    const [a, b] = [new RLock({ name: 'a' }), new RLock({ name: 'b' })];
    const take = (first: RLock, second: RLock) => () => {
      using _first = first.acquire();
      wait(later(undefined));
      using _second = second.acquire();
    };
    const tasks = [spawn(take(a, b)), spawn(take(b, a))];
    await turns();
    expect(dumpContexts().findings).toEqual([expect.stringMatching(/^Deadlock: context/)]);
    for (const task of tasks) task.cancel();
    await Promise.allSettled(tasks);
    expect([a.locked, b.locked]).toEqual([false, false]);
  });
});
