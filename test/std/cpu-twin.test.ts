// What is common to the functions that compute: the event loop goes on, files are read meanwhile, cancelled calls go.

import { readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { run, spawn, wait, yieldNow } from '../../src/index.ts';
import { cpuLimiter } from '../../src/std/cpu-limiter.ts';
import { bytesOf, type Computation, cpuTwin } from '../../src/std/cpu-twin.ts';
import crypto from '../../src/std/crypto/index.ts';
import { ORIGINAL, type Settle } from '../../src/std/twin.ts';
import zlib from '../../src/std/zlib/index.ts';

const settled = async (): Promise<void> => {
  while (cpuLimiter.running > 0) await nextTurn();
};
afterEach(settled);

/** A twin whose work is ended by hand; what it has begun, in order. */
function byHand(lingers = false) {
  const begun: { args: readonly unknown[]; done: Settle }[] = [];
  const original = (value: string): string => `original of ${value}`;
  const twin = cpuTwin(original, (args): Computation => ({ begin: (done) => begun.push({ args, done }), lingers }));
  return { twin, begun, end: (index: number, value: unknown) => begun[index]?.done(null, value) };
}

describe('a function that computes', () => {
  it('lets the event loop go on, and files be read before it has ended', async () => {
    const hashes = Array.from({ length: 12 }, () =>
      run(() => crypto.pbkdf2Sync('p', 's', 60_000, 32, 'sha512').length),
    );
    expect(cpuLimiter.running).toBe(cpuLimiter.limit);
    let ended = 0;
    for (const hash of hashes) void hash.then(() => ended++);
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    await readFile(new URL(import.meta.url));
    expect(ended).toBeLessThan(12);
    expect(await Promise.all(hashes)).toEqual(Array(12).fill(32));
    clearInterval(counting);
    expect(turns).toBeGreaterThan(1);
  });

  it('takes its turn behind those that came before, crypto and zlib alike', async () => {
    const { twin, begun, end } = byHand();
    const limit = cpuLimiter.limit;
    const tasks = Array.from({ length: limit + 2 }, (_, index) => run(() => twin(String(index))));
    const zipped = run(() => zlib.gzipSync(Buffer.alloc(100_000)).length);
    expect(begun.map(({ args }) => args[0])).toEqual(Array.from({ length: limit }, (_, index) => String(index)));
    expect(cpuLimiter.queued).toBe(3);
    for (let index = 0; index < limit + 2; index++) end(index, index);
    expect(await Promise.all(tasks)).toEqual(Array.from({ length: limit + 2 }, (_, index) => index));
    expect(await zipped).toBeGreaterThan(0);
    expect(cpuLimiter.queued).toBe(0);
  });

  it('leaves the queue when its context is cancelled', async () => {
    const { twin, begun, end } = byHand();
    const limit = cpuLimiter.limit;
    const tasks = Array.from({ length: limit }, () => run(() => twin('first')));
    const queued = spawn(() => twin('queued'));
    await nextTurn();
    queued.cancel();
    await expect(queued).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(cpuLimiter.queued).toBe(0);
    for (let index = 0; index < limit; index++) end(index, null);
    await Promise.all(tasks);
    expect(begun).toHaveLength(limit);
  });

  it('begins nothing when its context was cancelled before', async () => {
    const { twin, begun } = byHand();
    const task = spawn(() => {
      wait(nextTurn());
      task.cancel();
      return twin('x');
    });
    await expect(task).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect([begun.length, cpuLimiter.running]).toEqual([0, 0]);
  });

  it('keeps its place on the pool when its context is cancelled, until it has really ended', async () => {
    const { twin, end } = byHand();
    const task = spawn(() => twin('x'));
    await nextTurn();
    task.cancel();
    await expect(task).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(cpuLimiter.running).toBe(1);
    end(0, 'late');
    expect(cpuLimiter.running).toBe(0);
  });

  it('keeps its context, too, while it writes to memory of the caller', async () => {
    const { twin, end } = byHand(true);
    const task = spawn(() => twin('x'));
    await nextTurn();
    task.cancel();
    const outcome = vi.fn();
    task.then(outcome, outcome);
    await nextTurn();
    expect(outcome).not.toHaveBeenCalled();
    end(0, 'late');
    await expect(task).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
  });

  it('is the original where that is asked for, or the work refuses to begin', async () => {
    const original = (value: string): string => `original of ${value}`;
    const refusing = cpuTwin(original, () => ({
      begin: () => {
        throw new TypeError('bad arguments');
      },
    }));
    const giving = cpuTwin(original, () => ({ begin: (done) => setImmediate(() => done(null, ORIGINAL)) }));
    expect(await run(() => [refusing('a'), giving('b')])).toEqual(['original of a', 'original of b']);
    expect(cpuLimiter.running).toBe(0);
  });

  it('does not mix up two calls that start in one turn', async () => {
    const values = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((salt) =>
        run(() => {
          yieldNow();
          return crypto.pbkdf2Sync('p', salt, 10, 8, 'sha1').toString('hex');
        }),
      ),
    );
    expect(values).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((salt) => crypto.pbkdf2Sync('p', salt, 10, 8, 'sha1').toString('hex')),
    );
  });

  it('suspends below callbacks', async () => {
    const lengths = await run(() => {
      wait(Promise.resolve());
      return [1, 2, 3].map((n) => zlib.gunzipSync(zlib.gzipSync(Buffer.alloc(n * 100_000))).length);
    });
    expect(lengths).toEqual([100_000, 200_000, 300_000]);
  });
});

describe('bytesOf()', () => {
  it.each([
    ['abc', 3],
    [Buffer.alloc(5), 5],
    [new Uint16Array(5), 10],
    [new DataView(new ArrayBuffer(7), 2), 5],
    [new ArrayBuffer(7), 7],
    [new SharedArrayBuffer(7), 7],
    [7, -1],
    [null, -1],
    [{ length: 4 }, -1],
  ])('of %s is %i', (value, bytes) => expect(bytesOf(value)).toBe(bytes));
});
