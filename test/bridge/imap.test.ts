import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, expectTypeOf, it } from 'vitest';

import { asyncIter, GreenPool, imap, imapUnordered, run, shield, spawn, wait } from '../../src/index.ts';
import { later, never, spawnDoomed, turns } from '../support/turns.ts';

const pause = (turns: number): void => {
  for (let turn = 0; turn < turns; turn++) wait(later(undefined));
};
const invalid = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
const cancelled = expect.objectContaining({ code: 'GREEN_ERR_CANCELLED' });

function stuck(log: unknown[], name: unknown): void {
  try {
    wait(never());
  } finally {
    pause(1);
    log.push(name);
  }
}

/** Notes what is taken, and its closing. */
function* source(log: unknown[], end = Number.POSITIVE_INFINITY): Generator<number> {
  try {
    for (let n = 0; n < end; n++) {
      log.push(`takes ${n}`);
      yield n;
    }
  } finally {
    log.push('closed');
  }
}

describe.each([
  ['imap', imap],
  ['imapUnordered', imapUnordered],
] as const)('%s', (_name, imapAny) => {
  it('gives every result, and then no more', async () => {
    await run(() => {
      const results = imapAny((n: number, index) => wait(later(n)) * 10 + index, [3, 1, 2]);
      expectTypeOf(results.next).returns.toEqualTypeOf<IteratorResult<number, undefined>>();
      expect([...results]).toEqual([30, 11, 22]);
      expect(results.next()).toEqual({ done: true, value: undefined });
      expect([...imapAny(() => 1, [])]).toEqual([]);
    });
  });

  it('starts with the first next(), and is no further ahead than readAhead', async () => {
    const log: unknown[] = [];
    await run(() => {
      const results = imapAny((n) => n, source(log), { concurrency: 2, readAhead: 3 });
      pause(2);
      expect(log).toEqual([]);
      results.next();
      pause(5);
      expect(log).toEqual(['takes 0', 'takes 1', 'takes 2', 'takes 3']);
      results.next();
      pause(5);
      expect(log.at(-1)).toBe('takes 4');
      results.return();
      expect(log.at(-1)).toBe('closed');
    });
  });

  it('is as far ahead as its concurrency, unless told', async () => {
    const log: unknown[] = [];
    await run(() => {
      using results = imapAny((n) => n, source(log), { concurrency: 2 });
      results.next();
      pause(5);
      expect(log).toEqual(['takes 0', 'takes 1', 'takes 2']);
    });
  });

  it('keeps to the concurrency', async () => {
    let running = 0;
    let most = 0;
    const work = (n: number): number => {
      most = Math.max(most, ++running);
      pause(n % 3);
      running--;
      return n;
    };
    const items = Array.from({ length: 30 }, (_, n) => n);
    const results = await run(() => [...imapAny(work, items, { concurrency: 3, readAhead: 10 })]);
    expect(results.toSorted((a, b) => a - b)).toEqual(items);
    expect(most).toBe(3);
  });

  it.each<[string, (log: unknown[]) => void]>([
    [
      'break',
      (log) => {
        for (const _ of imapAny((n) => (n === 0 ? n : stuck(log, n)), source(log), { concurrency: 3 })) break;
      },
    ],
    [
      'using',
      (log) => {
        using results = imapAny((n) => (n === 0 ? n : stuck(log, n)), source(log), { concurrency: 3 });
        results.next();
      },
    ],
  ])('is closed by %s: what runs is cancelled and waited for, and the source closed', async (_how, loop) => {
    const log: unknown[] = [];
    await run(() => {
      loop(log);
      log.push('goes on');
    });
    expect(log.filter((entry) => !String(entry).startsWith('takes'))).toEqual([
      ...(log.includes('takes 3') ? [1, 2, 3] : [1, 2]),
      'closed',
      'goes on',
    ]);
  });

  it('throws an error once, cancelling what runs, and is then at its end', async () => {
    const log: unknown[] = [];
    const error = new Error('first');
    await run(function handler() {
      const results = imapAny(
        (n) => {
          if (n > 0) stuck(log, n);
          pause(1);
          throw error;
        },
        source(log, 9),
        { concurrency: 3 },
      );
      expect(() => results.next()).toThrow(error);
      expect(log).toEqual(['takes 0', 'takes 1', 'takes 2', 1, 2, 'closed']);
      expect(error.stack).toContain('handler');
      expect(results.next()).toEqual({ done: true, value: undefined });
    });
  });

  it('tells what it cancels of the error', async () => {
    const error = new Error('first');
    let cause: unknown;
    const fn = (n: number): void => {
      if (n === 0) {
        wait(later(undefined));
        throw error;
      }
      try {
        wait(never());
      } catch (cancellation) {
        cause = (cancellation as Error).cause;
      }
    };
    await run(() => expect(() => [...imapAny(fn, [0, 1])]).toThrow(error));
    expect(cause).toBe(error);
  });

  it('throws what the source throws, after the results before', async () => {
    const error = new Error('no more');
    function* failing(): Generator<number> {
      yield 0;
      pause(3);
      throw error;
    }
    await run(() => {
      const results = imapAny((n) => n, failing());
      expect(results.next()).toEqual({ done: false, value: 0 });
      expect(() => results.next()).toThrow(error);
    });
  });

  it('gives results while its source waits for more', async () => {
    let arrive = (): void => {};
    async function* slow(): AsyncGenerator<number> {
      yield 0;
      await new Promise<void>((resolve) => (arrive = resolve));
      yield 1;
    }
    await run(() => {
      const results = imapAny((n) => n, asyncIter(slow()));
      expect(results.next().value).toBe(0);
      arrive();
      expect(results.next().value).toBe(1);
      expect(results.next().done).toBe(true);
    });
  });

  it('cancels what runs when its caller is cancelled in next(), and waits for its end', async () => {
    const log: unknown[] = [];
    const task = spawn(() => {
      for (const _ of imapAny((n) => stuck(log, n), source(log), { concurrency: 2 }));
    });
    task.cancel();
    await expect(task.promise).rejects.toThrow(cancelled);
    expect(log).toEqual(['takes 0', 'takes 1', 0, 1, 'closed']);
  });

  it('gives nothing to a caller that is cancelled already, though a result is there', async () => {
    const log: unknown[] = [];
    const task = spawn((): void => {
      wait(later(undefined));
      for (const n of imapAny((n: number) => n, source(log), { readAhead: 2 })) {
        log.push(n);
        task.cancel();
      }
    });
    await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(log.filter((line) => typeof line === 'number')).toHaveLength(1);
    expect(log.at(-1)).toBe('closed');
  });

  it('is closed when the task that began it ends without that', async () => {
    const log: unknown[] = [];
    await run(() => {
      imapAny((n) => (n === 0 ? n : stuck(log, n)), source(log), { concurrency: 2 }).next();
    });
    while (!log.includes('closed')) await later(undefined);
    expect(log.filter((entry) => typeof entry === 'number')).toContain(1);
  });

  it('is closed when its context is destroyed', async () => {
    const log: unknown[] = [];
    const pool = new GreenPool({ cleanupTimeout: 1 });
    const outcome = Promise.allSettled([
      pool.submit(() => shield({ timeout: 60_000 }, () => [...imapAny((n) => stuck(log, n), source(log, 2))])),
    ]);
    await pool.shutdown({ drain: 0 });
    expect(await outcome).toMatchObject([{ reason: { reason: 'shutdown' } }]);
    while (log.filter((entry) => typeof entry === 'number').length < 2) await later(undefined);
  });

  it('is closed when its context is destroyed while it waits for the end of what it has cancelled', async () => {
    const log: unknown[] = [];
    const slow = (n: number): void => {
      if (n === 0) return;
      try {
        wait(never());
      } finally {
        log.push('cleans up');
        wait(later(undefined));
      }
    };
    const doomed = spawnDoomed(() => {
      for (const _ of imapAny(slow, source(log), { concurrency: 2 })) break;
    });
    while (!log.includes('cleans up')) await later(undefined);
    doomed.destroy();
    await turns();
    expect(log.at(-1)).toBe('closed');
  });

  it('lets several contexts take results', async () => {
    const results = await run(() => imapAny((n) => wait(later(n)), [0, 1, 2, 3, 4], { concurrency: 2 }));
    const taken = await Promise.all([0, 1].map(() => run(() => [...{ [Symbol.iterator]: () => takeFrom(results) }])));
    expect(taken.flat().toSorted()).toEqual([0, 1, 2, 3, 4]);
  });

  it('runs with the AsyncLocalStorage stores of the first next()', async () => {
    const store = new AsyncLocalStorage<string>();
    const seen = await run(() => {
      const results = imapAny(
        () => {
          const before = store.getStore();
          store.enterWith('own');
          pause(1);
          return before;
        },
        [0, 1, 2, 3],
        { concurrency: 2 },
      );
      const first = store.run('first', () => results.next().value);
      return [first, ...store.run('second', () => [...results])];
    });
    expect(seen).toEqual(['first', 'first', 'first', 'first']);
  });

  it('refuses bad arguments, and steps outside a context', async () => {
    expect(() => imapAny(1 as never, [1])).toThrow(invalid);
    expect(() => imapAny(() => 1, 1 as never)).toThrow(invalid);
    expect(() => imapAny(() => 1, [1], { concurrency: 0 })).toThrow(invalid);
    expect(() => imapAny(() => 1, [1], { readAhead: 0 })).toThrow(invalid);
    expect(() => imapAny(() => 1, [1], { errors: 'collect' } as object)).toThrow(invalid);
    const log: unknown[] = [];
    const results = imapAny((n) => n, source(log, 2));
    expect(() => results.next()).toThrow(expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' }));
    expect(log).toEqual([]);
    expect(await run(() => [...results])).toEqual([0, 1]);
    expect(imapAny(() => 1, [1]).return()).toEqual({ done: true, value: undefined });
  });
});

function takeFrom<T>(results: Iterator<T>): Iterator<T> {
  return { next: () => results.next() };
}

describe('imap', () => {
  it('gives the results in the order of the items', async () => {
    expect(
      await run(() => [
        ...imap(
          (turns) => {
            pause(turns);
            return turns;
          },
          [5, 1, 3],
        ),
      ]),
    ).toEqual([5, 1, 3]);
  });

  it("throws an error in its item's turn, and takes nothing after it", async () => {
    const log: unknown[] = [];
    await run(() => {
      const results = imap(
        (n) => {
          if (n === 1) throw new Error('second');
          pause(3);
          return n;
        },
        source(log),
        { concurrency: 2 },
      );
      expect(results.next()).toEqual({ done: false, value: 0 });
      expect(() => results.next()).toThrow('second');
    });
    expect(log).toEqual(['takes 0', 'takes 1', 'closed']);
  });
});

describe('imapUnordered', () => {
  it('gives each result as soon as it is there', async () => {
    expect(
      await run(() => [
        ...imapUnordered(
          (turns) => {
            pause(turns);
            return turns;
          },
          [9, 1, 5],
        ),
      ]),
    ).toEqual([1, 5, 9]);
  });
});
