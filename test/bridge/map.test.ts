import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, expectTypeOf, it } from 'vitest';

import { asyncIter, dumpContexts, GreenPool, map, run, shield, spawn, wait, withTimeout } from '../../src/index.ts';
import { later, never } from '../support/turns.ts';

const invalid = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
const cancelled = expect.objectContaining({ code: 'GREEN_ERR_CANCELLED' });

/** A call that waits for ever, and notes how it ends. */
function stuck(log: unknown[], name: unknown): void {
  try {
    wait(never());
  } finally {
    wait(later(undefined));
    log.push(name);
  }
}

describe('map', () => {
  it('gives the results in the order of the items', async () => {
    const doubled = await run(() => {
      const results = map((n: number, index) => wait(later(n)) * 10 + index, new Set([3, 1, 2]));
      expectTypeOf(results).toEqualTypeOf<number[]>();
      return results;
    });
    expect(doubled).toEqual([30, 11, 22]);
    expect(await run(() => map(() => 1, []))).toEqual([]);
  });

  it('runs the calls side by side, beginning in order', async () => {
    const log: string[] = [];
    await run(() =>
      map(
        (name) => {
          log.push(`${name} begins`);
          wait(later(undefined));
          log.push(`${name} ends`);
        },
        ['a', 'b'],
      ),
    );
    expect(log).toEqual(['a begins', 'b begins', 'a ends', 'b ends']);
  });

  it('keeps to the concurrency', async () => {
    let running = 0;
    let most = 0;
    const work = (n: number): number => {
      most = Math.max(most, ++running);
      for (let i = 0; i < n % 3; i++) wait(later(undefined));
      running--;
      return n;
    };
    const items = Array.from({ length: 30 }, (_, n) => n);
    expect(await run(() => map(work, items, { concurrency: 4 }))).toEqual(items);
    expect(most).toBe(4);
    most = 0;
    expect(await run(() => map(work, items, { concurrency: 1 }))).toEqual(items);
    expect(most).toBe(1);
  });

  it('waits for promises, so that an async function will do', async () => {
    const results = await run(() => map(async (n) => (await later(n)) + 1, [1, 2]));
    expect(results).toEqual([2, 3]);
  });

  it('takes items from a source that waits, working on those it has', async () => {
    const log: string[] = [];
    async function* source(): AsyncGenerator<number> {
      for (let n = 0; n < 3; n++) {
        yield n;
        while (!log.includes(`done ${n}`)) await later(undefined); // until that one has been worked on
      }
    }
    const results = await run(() =>
      map(
        (n) => {
          wait(later(undefined));
          log.push(`done ${n}`);
          return n;
        },
        asyncIter(source()),
        { concurrency: 2 },
      ),
    );
    expect(results).toEqual([0, 1, 2]);
  });

  it('cancels the rest at the first error, and throws that when all have ended', async () => {
    const log: unknown[] = [];
    const error = new Error('third');
    await run(function handler() {
      expect(() =>
        map(
          (n) => {
            if (n < 2) stuck(log, n);
            wait(later(undefined));
            if (n === 2) throw error;
            throw new Error('too late');
          },
          [0, 1, 2, 3, 4, 5],
          { concurrency: 4 },
        ),
      ).toThrow(error);
      expect(log).toEqual([0, 1]);
      expect(error.stack).toContain('handler');
    });
  });

  it('tells those it cancels why', async () => {
    const error = new Error('first');
    const causes: unknown[] = [];
    await run(() => {
      expect(() =>
        map(
          (n) => {
            if (n === 1) throw error;
            try {
              wait(never());
            } catch (reason) {
              causes.push((reason as Error).cause);
            }
          },
          [0, 1],
        ),
      ).toThrow(error);
    });
    expect(causes).toEqual([error]);
  });

  it('collects outcomes instead of throwing', async () => {
    const error = new Error('odd');
    const results = await run(() => {
      const settled = map(
        (n: number) => {
          wait(later(undefined));
          if (n % 2 === 1) throw error;
          return n;
        },
        [0, 1, 2],
        { errors: 'collect' },
      );
      expectTypeOf(settled).toEqualTypeOf<PromiseSettledResult<number>[]>();
      return settled;
    });
    expect(results).toEqual([
      { status: 'fulfilled', value: 0 },
      { status: 'rejected', reason: error },
      { status: 'fulfilled', value: 2 },
    ]);
  });

  it.each(['throw', 'collect'] as const)('throws what the source throws (errors: %s)', async (errors) => {
    const error = new Error('no more');
    const log: unknown[] = [];
    function* source(): Generator<number> {
      yield 0;
      wait(later(undefined));
      throw error;
    }
    await run(() => expect(() => map((n) => stuck(log, n), source(), { errors })).toThrow(error));
    expect(log).toEqual([0]);
  });

  it('closes a source that it ends early, after the calls', async () => {
    const log: unknown[] = [];
    function* source(): Generator<number> {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        wait(later(undefined));
        log.push('closed');
      }
    }
    await run(() => {
      const fail = (n: number): void => {
        if (n === 1) throw new Error('second');
        stuck(log, n);
      };
      expect(() => map(fail, source(), { concurrency: 3 })).toThrow('second');
    });
    expect(log).toEqual([0, 'closed']);
  });

  it.each<[string, string, (work: () => void) => PromiseLike<unknown>]>([
    [
      'is cancelled',
      'GREEN_ERR_CANCELLED',
      (work) => {
        const task = spawn(work);
        task.cancel('disconnect');
        return task;
      },
    ],
    ['is out of time', 'GREEN_ERR_WAIT_TIMEOUT', (work) => run(() => withTimeout(5, work))],
  ])('cancels the calls of a caller that %s, and waits for their end', async (_how, code, start) => {
    const log: unknown[] = [];
    const taken: number[] = [];
    await expect(
      start(() => {
        map(
          (n) => {
            taken.push(n);
            stuck(log, n);
          },
          [0, 1, 2],
          { concurrency: 2 },
        );
      }),
    ).rejects.toMatchObject({ code });
    expect(log).toEqual([0, 1]);
    expect(taken).toEqual([0, 1]);
  });

  it('hands on the reason of a cancellation', async () => {
    const reasons: unknown[] = [];
    const note = (): void => {
      try {
        wait(never());
      } catch (error) {
        reasons.push((error as { reason?: string }).reason);
      }
    };
    const task = spawn(() => map(() => map(note, [0]), [0, 1]));
    task.cancel('disconnect');
    await expect(task.promise).rejects.toThrow(cancelled);
    await expect(run(() => withTimeout(5, () => map(note, [0])))).rejects.toThrow();
    expect(reasons).toEqual(['disconnect', 'disconnect', 'deadline']);
  });

  it('cancels the calls of a caller that is destroyed, and then closes the source', async () => {
    const log: unknown[] = [];
    function* source(): Generator<number> {
      try {
        yield* [0, 1, 2];
      } finally {
        log.push('closed');
      }
    }
    const pool = new GreenPool({ cleanupTimeout: 1 });
    const outcome = Promise.allSettled([
      pool.submit(() => shield({ timeout: 60_000 }, () => map((n) => stuck(log, n), source(), { concurrency: 2 }))),
    ]);
    await pool.shutdown({ drain: 0 });
    expect(await outcome).toMatchObject([{ reason: { reason: 'shutdown' } }]);
    while (log.length < 3) await later(undefined);
    expect(log.at(-1)).toBe('closed');
  });

  it('waits no longer than the clean-up time for calls that do not end', async () => {
    let end = (): void => {};
    let ended = false;
    const pool = new GreenPool({ cleanupTimeout: 1 });
    const stubborn = (): void => {
      shield({ timeout: 60_000 }, () => wait(new Promise<void>((resolve) => (end = resolve))));
      ended = true;
    };
    const controller = new AbortController();
    const outcome = pool.submit(() => map(stubborn, [0]), { signal: controller.signal });
    controller.abort();
    await expect(outcome).rejects.toThrow(cancelled);
    expect(ended).toBe(false);
    end();
    while (!ended) await later(undefined);
    await pool.shutdown();
  });

  it("runs them with the caller's AsyncLocalStorage stores, each on its own", async () => {
    const store = new AsyncLocalStorage<string>();
    const seen = await run(() =>
      store.run('caller', () =>
        map(
          (n) => {
            const before = store.getStore();
            store.enterWith(`item ${n}`);
            wait(later(undefined));
            return [before, store.getStore()];
          },
          [0, 1, 2, 3],
          { concurrency: 2 },
        ),
      ),
    );
    expect(seen).toEqual([0, 1, 2, 3].map((n) => ['caller', `item ${n}`]));
  });

  it('is named in dumps', async () => {
    const task = spawn(() => map(() => wait(never()), [0, 1]));
    await later(undefined);
    const entry = dumpContexts().contexts.find(({ waitsFor }) => waitsFor?.startsWith('map()'));
    expect(entry?.waitsFor).toBe('map(), 2 tasks to go');
    task.cancel();
    await expect(task.promise).rejects.toThrow(cancelled);
  });

  it('refuses bad arguments, and to be called outside a context, before anything starts', async () => {
    let calls = 0;
    const count = (): number => calls++;
    await run(() => {
      expect(() => map(1 as never, [1])).toThrow(invalid);
      expect(() => map(count, 1 as never)).toThrow(invalid);
      expect(() => map(count, undefined as never)).toThrow(invalid);
      for (const concurrency of [0, -1, 1.5, '2', Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => map(count, [1], { concurrency: concurrency as number })).toThrow(invalid);
      }
      expect(() => map(count, [1], { errors: 'ignore' as 'throw' })).toThrow(invalid);
      expect(() => map(count, [1], { concurency: 1 } as object)).toThrow(invalid);
    });
    expect(() => map(count, [1])).toThrow(expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' }));
    expect(calls).toBe(0);
  });
});
