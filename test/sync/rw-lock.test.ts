import { describe, expect, it } from 'vitest';

import { dumpContexts, run, spawn, wait } from '../../src/index.ts';
import { RwLock } from '../../src/sync/index.ts';
import { later, never, spawnDoomed, turns } from '../support/turns.ts';
import { warningOf } from '../support/warnings.ts';

describe('RwLock', () => {
  it('lets readers in together and writers alone, in the order in which they came', async () => {
    const lock = new RwLock();
    const log: string[] = [];
    const use = (name: string) =>
      spawn(() => {
        using _held = name.startsWith('r') ? lock.read() : lock.write();
        log.push(`+${name}`);
        wait(later(undefined));
        wait(later(undefined));
        log.push(`-${name}`);
      });
    await Promise.all(['r1', 'r2', 'w1', 'r3', 'r4', 'w2'].map(use));
    expect(log.join(' ')).toBe('+r1 +r2 -r1 -r2 +w1 -w1 +r3 +r4 -r3 -r4 +w2 -w2');
    expect(lock.stats).toEqual({ readers: 0, writing: false, waiting: 0, acquired: 6, contended: 4 });
  });

  it('does not hold up readers behind a writer that gives up', async () => {
    const lock = new RwLock();
    const reader = spawn(() => {
      using _held = lock.read();
      wait(never());
    });
    const ended = Promise.allSettled([reader.promise]);
    for (const giveUp of ['cancel', 'timeout', 'destroy'] as const) {
      const limits = giveUp === 'timeout' ? { timeout: 1 } : {};
      const writer = giveUp === 'destroy' ? spawnDoomed(() => lock.write()) : spawn(() => lock.write(limits));
      if ('promise' in writer) writer.promise.catch(() => {});
      const other = run(() => {
        expect(lock.tryRead()).toBeNull(); // the writer came first
        using _held = lock.read();
      });
      if (giveUp === 'cancel') (writer as { cancel(): void }).cancel();
      if (giveUp === 'destroy') (writer as { destroy(): void }).destroy();
      await other;
    }
    reader.cancel();
    await ended;
    expect(lock.stats).toMatchObject({ readers: 0, waiting: 0 });
  });

  it('lets a reader read again at once, though a writer waits', async () => {
    const lock = new RwLock();
    const log: string[] = [];
    const reader = spawn(() => {
      using _outer = lock.read();
      wait(later(undefined));
      {
        using _inner = lock.read();
        log.push('again');
      }
      expect(lock.stats).toMatchObject({ readers: 1, waiting: 1 });
    });
    const writer = spawn(() => {
      using _held = lock.write();
      log.push('writes');
    });
    await Promise.all([reader, writer]);
    expect(log).toEqual(['again', 'writes']);
  });

  it('is taken at once or not at all by tryRead() and tryWrite()', async () => {
    const lock = new RwLock();
    await run(() => {
      const guard = lock.tryRead();
      wait(run(() => expect(lock.tryWrite()).toBeNull()));
      wait(run(() => lock.tryRead()?.release()));
      guard?.release();
      guard?.release();
      using _held = lock.tryWrite();
      wait(run(() => expect(lock.tryRead()).toBeNull()));
    });
    expect(lock.stats).toMatchObject({ readers: 0, writing: false, acquired: 3 });
  });

  it('refuses a task that would wait for itself, and code outside contexts', async () => {
    const lock = new RwLock({ name: 'config' });
    const misuse = expect.objectContaining({
      code: 'GREEN_ERR_LOCK_MISUSE',
      message: expect.stringContaining("RwLock 'config'"),
    });
    await run(() => {
      {
        using _held = lock.read();
        expect(() => lock.write()).toThrow(misuse);
      }
      using _held = lock.write();
      expect(() => lock.write()).toThrow(misuse);
      expect(() => lock.read()).toThrow(misuse);
    });
    expect(() => lock.tryRead()).toThrow(misuse);
    expect(() => lock.tryWrite()).toThrow(misuse);
  });

  it.each(['read', 'write'] as const)('is given back only by the task that has it to %s', async (how) => {
    const lock = new RwLock({ name: 'config' });
    const misuse = expect.objectContaining({ code: 'GREEN_ERR_LOCK_MISUSE' });
    await run(() => {
      const guard = lock[how]();
      wait(run(() => expect(() => guard.release()).toThrow(misuse)));
      expect(lock.tryWrite()).toBeNull();
      guard.release();
      guard.release();
      using _free = lock.tryWrite();
      expect(lock.stats).toMatchObject({ readers: 0, writing: true });
    });
  });

  it.each(['read', 'write'] as const)('goes to the next, with a warning, when who has it to %s ends', async (how) => {
    const lock = new RwLock({ name: how });
    const warned = warningOf('GREEN_WARN_LOCK_LEFT', `RwLock '${how}'`);
    const holder = spawn(() => {
      const guard = lock[how]();
      wait(later(undefined));
      return guard;
    });
    await run(() => lock.write().release());
    (await holder).release(); // too late, it does nothing
    await warned;
    expect(lock.stats).toMatchObject({ readers: 0, writing: false });
  });

  it('is part of the circles that a dump finds', async () => {
    const [a, b] = [new RwLock(), new RwLock()];
    const take = (first: RwLock, second: RwLock) => () => {
      using _first = first.read();
      wait(later(undefined));
      using _second = second.write();
    };
    const idle = spawn(() => {
      using _held = a.read();
      wait(later(undefined));
      wait(later(undefined));
    });
    const tasks = [spawn(take(a, b)), spawn(take(b, a))];
    await turns(5);
    expect(dumpContexts().findings).toEqual([expect.stringMatching(/^Deadlock: context/)]);
    for (const task of tasks) task.cancel();
    await Promise.allSettled([idle, ...tasks]);
    expect(dumpContexts().findings).toEqual([]);
  });
});
