import { Readable } from 'node:stream';

import { describe, expect, expectTypeOf, it } from 'vitest';

import { asyncIter, GreenPool, run, shield, spawn, wait, withTimeout } from '../../src/index.ts';
import { later, never } from '../support/turns.ts';

async function* range(end = 10): AsyncGenerator<number, string, number | undefined> {
  for (let n = 0; n < end; n++) {
    await later(undefined);
    yield n;
  }
  return 'end';
}

/** Notes when it is closed. */
function watched(
  log: string[],
  end = 10,
  pause: () => Promise<unknown> = () => later(undefined),
): AsyncGenerator<number> {
  return (async function* () {
    try {
      for (let n = 0; n < end; n++) {
        log.push(`makes ${n}`);
        await pause();
        yield n;
      }
    } finally {
      await later(undefined);
      log.push('closed');
    }
  })();
}

/** What a loop gives, for await and ours. */
async function native(make: () => AsyncIterable<unknown>): Promise<unknown[]> {
  const results: unknown[] = [];
  try {
    for await (const value of make()) results.push(value);
  } catch (error) {
    results.push((error as Error).constructor, (error as Error).message);
  }
  return results;
}

function ours(make: () => AsyncIterable<unknown>): unknown[] {
  const results: unknown[] = [];
  try {
    for (const value of asyncIter(make())) results.push(value);
  } catch (error) {
    results.push((error as Error).constructor, (error as Error).message);
  }
  return results;
}

const failing = new Error('in the middle');
const results = (...values: unknown[]): AsyncIterable<unknown> =>
  ({ [Symbol.asyncIterator]: () => ({ next: () => values.shift() }) }) as never;

describe('asyncIter', () => {
  it.each<[string, () => unknown]>([
    ['an async generator', () => range()],
    ['one that throws', watchedFailure],
    ['an iterator that is made elsewhere', () => ({ [Symbol.asyncIterator]: () => range(3), next: () => never() })],
    ['an own Symbol.asyncIterator', () => Object.assign(Object.create({}), { [Symbol.asyncIterator]: () => range(2) })],
    ['results that are no promises', () => results({ done: false, value: 1 }, { done: true })],
    ['thenables', () => results({ then: (ok: (v: object) => void) => ok({ done: true }) })],
    ['a stream', () => Readable.from(['a', 'b'])],
    ['an array of promises', () => [later(1), 2]],
    ['a sync generator of promises', () => syncGenerator()],
    ['an array with a rejected promise', () => [1, Promise.reject(failing), 3]],
    [
      'a null Symbol.asyncIterator beside a Symbol.iterator',
      () => Object.assign([1], { [Symbol.asyncIterator]: null }),
    ],
    ['a Symbol.asyncIterator that throws', () => ({ [Symbol.asyncIterator]: () => thrown() })],
    ['a next() that throws', () => ({ [Symbol.asyncIterator]: () => ({ next: thrown }) })],
  ])('gives what for await gives for %s', async (_what, make) => {
    const expected = await native(make as () => AsyncIterable<unknown>);
    expect(await run(() => ours(make as () => AsyncIterable<unknown>))).toEqual(expected);
  });

  it.each<[string, () => unknown]>([
    ['has no next()', () => ({ [Symbol.asyncIterator]: () => ({}) })],
    ['is no object', () => ({ [Symbol.asyncIterator]: () => 1 })],
    ['gives results that are no objects', () => results(Promise.resolve(1))],
  ])('throws a TypeError as for await does when the iterator %s', async (_what, make) => {
    const [expected] = await native(make as () => AsyncIterable<unknown>);
    const [given] = await run(() => ours(make as () => AsyncIterable<unknown>));
    expect([expected, given]).toEqual([TypeError, TypeError]);
  });

  it('passes errors in place, with the frames that wait', async () => {
    await run(function handler() {
      const error = new Error('refused');
      expect(() => [...asyncIter(results(Promise.reject(error)))]).toThrow(error);
      expect(error.stack).toContain('handler');
    });
  });

  it('works with whatever iterates: spread, destructuring, Array.from() and yield*', async () => {
    function* doubled(): Generator<number> {
      for (const n of asyncIter(range(3))) yield n * 2;
    }
    function* both(): Generator<number | undefined> {
      yield* asyncIter(range(2));
      yield* doubled();
    }
    const [first, second] = await run(() => {
      const [a, b] = asyncIter(range());
      return [a, b];
    });
    expect([first, second]).toEqual([0, 1]);
    expect(await run(() => Array.from(asyncIter(range(3)), (n) => n + 1))).toEqual([1, 2, 3]);
    expect(await run(() => [...both()])).toEqual([0, 1, 0, 2, 4]);
  });

  it('inherits from iterators', async () => {
    const iterator = await run(() => asyncIter(range()));
    expectTypeOf(iterator.next).returns.toEqualTypeOf<IteratorResult<number, string>>();
    const base: object = Object.getPrototypeOf(Object.getPrototypeOf([].values()));
    expect(Object.prototype.isPrototypeOf.call(base, iterator)).toBe(true);
    const helped = iterator as unknown as { take?(count: number): Iterable<number> }; // not on Node 20
    expect(await run(() => [...(helped.take?.(2) ?? [0, 1])])).toEqual([0, 1]);
  });

  it('sends values and errors into a generator, and closes it', async () => {
    async function* example(suppress = false): AsyncGenerator<number, string | undefined, number> {
      try {
        yield (yield 10) + 1;
      } catch (error) {
        if (!suppress) throw error;
      }
      return 'done';
    }
    await run(() => {
      for (const wrap of [(s?: boolean) => asyncIter(example(s)), wrapped]) {
        let it = wrap();
        expect(it.next()).toEqual({ done: false, value: 10 });
        expect(it.next(20)).toEqual({ done: false, value: 21 });
        expect(() => it.throw(new RangeError('hi'))).toThrow(RangeError);

        it = wrap();
        it.next();
        expect(it.return('early')).toEqual({ done: true, value: 'early' });
        expect(it.next(1)).toEqual({ done: true, value: undefined });

        it = wrap(true);
        it.next();
        expect(it.throw(new RangeError('lo'))).toEqual({ done: true, value: 'done' });

        it = wrap();
        it.next();
        it.next(20);
        expect(it.next(30)).toEqual({ done: true, value: 'done' });
      }
      const it = asyncIter(example());
      it.next();
      expect(it.send(5)).toEqual({ done: false, value: 6 });
      it.close();
      expect(it.next(1).done).toBe(true);
    });

    function* wrapped(suppress?: boolean): Generator<number, string | undefined, number> {
      return yield* asyncIter(example(suppress));
    }
  });

  it('closes an iterator that knows no throw(), and has return() do nothing where there is none', async () => {
    const closed: unknown[] = [];
    const plain = (extra: object) => ({
      [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: 1 }), ...extra }),
    });
    await run(() => {
      const it = asyncIter(plain({ return: async (value: unknown) => closed.push(value) && { done: true, value } }));
      expect(() => it.throw(new Error('unheard'))).toThrow(TypeError);
      expect(closed).toEqual([undefined]);
      expect(asyncIter(plain({})).return(5)).toEqual({ done: true, value: 5 });
    });
  });

  it.each<[string, (log: string[]) => void]>([
    [
      'break',
      (log) => {
        for (const n of asyncIter(watched(log))) if (n === 1) break;
      },
    ],
    [
      'a throw',
      (log) => {
        expect(() => {
          for (const n of asyncIter(watched(log))) if (n === 1) throw failing;
        }).toThrow(failing);
      },
    ],
    [
      'using',
      (log) => {
        using it = asyncIter(watched(log));
        it.next();
        it.next();
      },
    ],
  ])('is closed by %s, which waits for that', async (_how, loop) => {
    const log: string[] = [];
    await run(() => {
      loop(log);
      log.push('goes on');
    });
    expect(log).toEqual(['makes 0', 'makes 1', 'closed', 'goes on']);
  });

  it('throws what closing throws, unless something was thrown before', async () => {
    const broken = () => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: 1 }),
        return: () => Promise.reject(new Error('cannot close')),
      }),
    });
    await run(() => {
      expect(() => {
        for (const _ of asyncIter(broken())) break;
      }).toThrow('cannot close');
      expect(() => {
        for (const _ of asyncIter(broken())) throw failing;
      }).toThrow(failing);
    });
  });

  it('calls return() of an iterator whose step is cancelled, once, and does not wait for it', async () => {
    let closed = 0;
    const stuck = {
      [Symbol.asyncIterator]: () => ({
        next: never,
        return() {
          closed++;
          return Promise.reject(new Error('nobody hears of'));
        },
      }),
    };
    const loop = (): void => {
      for (const _ of asyncIter(stuck));
    };
    const task = spawn(loop);
    task.cancel();
    await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(closed).toBe(1);
    await expect(run(() => withTimeout(5, loop))).rejects.toMatchObject({ code: 'GREEN_ERR_WAIT_TIMEOUT' });
    expect(closed).toBe(2);
    await later(undefined); // no unhandled rejection
  });

  it('does not wait for that at the end of a using block either', async () => {
    let returns = 0;
    const iterable = {
      [Symbol.asyncIterator]: () => iterable,
      next: () => never(),
      return() {
        returns++;
        return never();
      },
    };
    const task = spawn(() => {
      using iterator = asyncIter<unknown>(iterable as never);
      iterator.next();
    });
    task.cancel();
    await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(returns).toBe(1);
  });

  it('lets a generator whose step is cancelled clean up as soon as it can', async () => {
    const log: string[] = [];
    let goOn = (): void => {};
    const task = spawn(() => [...asyncIter(watched(log, 3, () => new Promise<void>((resolve) => (goOn = resolve))))]);
    task.cancel();
    await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(log).toEqual(['makes 0']);
    goOn();
    await later(undefined);
    await later(undefined);
    await later(undefined);
    expect(log).toEqual(['makes 0', 'closed']);
  });

  it('takes no item for a caller that is cancelled already', async () => {
    const log: string[] = [];
    const task = spawn(() => {
      const it = asyncIter(watched(log));
      it.next();
      task.cancel();
      it.next();
    });
    await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    await later(undefined);
    await later(undefined);
    expect(log).toEqual(['makes 0', 'closed']);
  });

  it('is closed when its context is destroyed', async () => {
    let closed = 0;
    const pool = new GreenPool({ cleanupTimeout: 1 });
    const iterable = { [Symbol.asyncIterator]: () => ({ next: never, return: async () => ({ done: !!++closed }) }) };
    const outcome = Promise.allSettled([
      pool.submit(() => shield({ timeout: 60_000 }, () => [...asyncIter<unknown>(iterable as never)])),
    ]);
    await pool.shutdown({ drain: 0 });
    expect(await outcome).toMatchObject([{ reason: { reason: 'shutdown' } }]);
    expect(closed).toBe(1);
  });

  it('leaves a stream closed', async () => {
    const stream = Readable.from(['a', 'b', 'c']);
    const closed = new Promise((resolve) => stream.on('close', resolve));
    await run(() => {
      for (const _ of asyncIter(stream)) break;
    });
    await closed;
    expect(stream.destroyed).toBe(true);
  });

  it('lets several contexts take from one generator', async () => {
    const it = asyncIter(range(6));
    const taken = await Promise.all([0, 1, 2].map(() => run(() => [it.next().value, it.next().value])));
    expect(taken.flat().toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('refuses what is not iterable, and steps outside a context', async () => {
    const invalid = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
    for (const bad of [undefined, null, 1, {}, { next: never }, { [Symbol.asyncIterator]: 1 }]) {
      expect(() => asyncIter(bad as never)).toThrow(invalid);
    }
    let started = false;
    const it = asyncIter(
      (async function* () {
        started = true;
        yield 1;
      })(),
    );
    expect(() => it.next()).toThrow(expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' }));
    expect(() => it.return()).toThrow(expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' }));
    expect(started).toBe(false);
    expect(await run(() => wait(later(1)))).toBe(1);
  });

  it('can be closed after somebody has tried to do it outside a context', async () => {
    let closed = 0;
    const it = asyncIter({
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: 1 }),
        return: async () => ({ done: true, value: ++closed }),
      }),
    });
    expect(() => it.return()).toThrow(expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' }));
    await run(() => it[Symbol.dispose]());
    expect(closed).toBe(1);
  });
});

async function* watchedFailure(): AsyncGenerator<number> {
  yield 1;
  await later(undefined);
  throw failing;
}

function* syncGenerator(): Generator<Promise<number> | number> {
  yield later(1);
  yield 2;
}

function thrown(): never {
  throw failing;
}
