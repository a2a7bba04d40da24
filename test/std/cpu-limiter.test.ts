import { describe, expect, it } from 'vitest';

import { CpuLimiter, poolSizeOf } from '../../src/std/cpu-limiter.ts';

/** Enters `count` pieces of work that note their start and are ended by hand. */
function entered(limiter: CpuLimiter, count: number) {
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const leaves = Array.from({ length: count }, (_, index) =>
    limiter.enter((leave) => {
      started.push(index);
      ends[index] = leave;
    }),
  );
  return { started, end: (index: number) => ends[index]?.(), leave: (index: number) => leaves[index]?.() };
}

describe('CpuLimiter', () => {
  it('starts no more at once than its limit, the others first come, first served', () => {
    const limiter = new CpuLimiter(2);
    const { started, end } = entered(limiter, 5);
    expect(started).toEqual([0, 1]);
    expect([limiter.running, limiter.queued]).toEqual([2, 3]);
    end(1);
    expect(started).toEqual([0, 1, 2]);
    end(0);
    end(2);
    expect(started).toEqual([0, 1, 2, 3, 4]);
    end(3);
    end(4);
    expect([limiter.running, limiter.queued]).toEqual([0, 0]);
  });

  it('forgets what leaves the queue, and not what has begun', () => {
    const limiter = new CpuLimiter(1);
    const { started, end, leave } = entered(limiter, 3);
    leave(0);
    leave(1);
    expect([limiter.running, limiter.queued]).toEqual([1, 1]);
    end(0);
    expect(started).toEqual([0, 2]);
  });

  it('counts the end of each once', () => {
    const limiter = new CpuLimiter(1);
    const { started, end } = entered(limiter, 3);
    end(0);
    end(0);
    expect(started).toEqual([0, 1]);
    expect(limiter.running).toBe(1);
  });

  it('goes on when work ends as soon as it starts', () => {
    const limiter = new CpuLimiter(1);
    const { started, end } = entered(limiter, 1);
    for (let index = 1; index <= 3; index++) {
      limiter.enter((leave) => {
        started.push(index);
        leave();
      });
    }
    end(0);
    expect(started).toEqual([0, 1, 2, 3]);
    expect(limiter.running).toBe(0);
  });

  it('leaves a thread of the pool to others, whatever its size', () => {
    expect(new CpuLimiter().limit).toBe(Math.max(1, poolSizeOf(process.env['UV_THREADPOOL_SIZE']) - 1));
  });

  it.each([
    [undefined, 4],
    ['8', 8],
    ['1', 1],
    ['0', 1],
    ['many', 1],
    ['-3', 1024],
    ['5000', 1024],
  ])('knows what libuv makes of UV_THREADPOOL_SIZE=%s', (given, threads) => {
    expect(poolSizeOf(given)).toBe(threads);
  });
});
