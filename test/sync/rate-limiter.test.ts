import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { run, spawn } from '../../src/index.ts';
import { RateLimiter } from '../../src/sync/index.ts';
import { spawnDoomed, turns } from '../support/turns.ts';

const INVALID = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });

describe('RateLimiter', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  async function pass(ms: number): Promise<void> {
    for (let i = 0; i < ms; i++) {
      vi.advanceTimersByTime(1);
      await turns(1);
    }
  }

  it('lets a burst go at once, and then so many an interval, first come, first served', async () => {
    const limiter = new RateLimiter({ limit: 2, interval: 100, burst: 3 });
    const startMs = performance.now();
    const went: [number, number][] = [];
    for (let id = 0; id < 7; id++) {
      void spawn(() => {
        limiter.acquire();
        went.push([id, performance.now() - startMs]);
      });
    }
    expect(limiter.stats).toMatchObject({ waiting: 4, acquired: 3, contended: 4 });
    await pass(200);
    expect(went.map(([id]) => id)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const times = went.map(([, ms]) => Math.round(ms));
    expect(times).toEqual([0, 0, 0, 50, 100, 150, 200]);
    expect(limiter.stats.waiting).toBe(0);
  });

  it('keeps no more than its burst', async () => {
    const limiter = new RateLimiter({ limit: 1, interval: 10, burst: 2 });
    await pass(100);
    expect([limiter.tryAcquire(), limiter.tryAcquire(), limiter.tryAcquire()]).toEqual([true, true, false]);
    await pass(10);
    expect(limiter.tryAcquire()).toBe(true);
    expect(limiter.stats).toMatchObject({ tokens: expect.closeTo(0), acquired: 3 });
  });

  it('does not let small requests overtake a big one', async () => {
    const limiter = new RateLimiter({ limit: 1, interval: 10, burst: 3 });
    limiter.tryAcquire(2);
    const went: string[] = [];
    const take = (name: string, tokens: number) =>
      run(() => {
        limiter.acquire({ tokens });
        went.push(name);
      });
    const tasks = [take('big', 3), take('small', 1)];
    expect(limiter.tryAcquire()).toBe(false); // one is there, but others wait
    await pass(19);
    expect(went).toEqual([]);
    await pass(1);
    expect(went).toEqual(['big']);
    await pass(10);
    await Promise.all(tasks);
    expect(went).toEqual(['big', 'small']);
  });

  it('takes nothing from the others for those who gave up or were destroyed', async () => {
    const limiter = new RateLimiter({ limit: 1, interval: 10, burst: 5 });
    limiter.tryAcquire(5);
    const cancelled = spawn(() => limiter.acquire({ tokens: 5 }));
    const ended = Promise.allSettled([cancelled.promise]);
    const destroyed = spawnDoomed(() => limiter.acquire({ tokens: 5 }));
    let went = false;
    const next = run(() => {
      limiter.acquire();
      went = true;
    });
    cancelled.cancel();
    destroyed.destroy();
    await pass(9);
    expect(went).toBe(false);
    await pass(1);
    expect(went).toBe(true);
    await Promise.all([next, ended]);
  });

  it('gives back the tokens of who is destroyed before it has woken up', async () => {
    const limiter = new RateLimiter({ limit: 1, interval: 10 });
    limiter.tryAcquire();
    const doomed = spawnDoomed(() => limiter.acquire());
    vi.advanceTimersByTime(10); // given, but not awake
    expect(limiter.stats).toMatchObject({ waiting: 0, tokens: expect.closeTo(0) });
    doomed.destroy();
    expect(limiter.tryAcquire()).toBe(true);
    expect(limiter.tryAcquire()).toBe(false);
  });

  it('may let less than one go an interval', async () => {
    const limiter = new RateLimiter({ limit: 0.5, interval: 10 });
    expect([limiter.burst, limiter.tryAcquire(), limiter.tryAcquire()]).toEqual([1, true, false]);
    await pass(19);
    expect(limiter.tryAcquire()).toBe(false);
    await pass(1);
    expect(limiter.tryAcquire()).toBe(true);
  });

  it('refuses bad options', async () => {
    for (const bad of [{ limit: 0 }, { limit: Number.NaN }, { limit: 1, interval: 0 }, { limit: 1, burst: 0 }]) {
      expect(() => new RateLimiter(bad)).toThrow(INVALID);
    }
    const limiter = new RateLimiter({ limit: 2 });
    expect(() => limiter.tryAcquire(3)).toThrow(INVALID);
    await expect(run(() => limiter.acquire({ tokens: 0 }))).rejects.toEqual(INVALID);
  });
});
