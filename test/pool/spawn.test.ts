import { describe, expect, expectTypeOf, it } from 'vitest';

import { type GreenTask, green, inContext, run, spawn, wait } from '../../src/index.ts';
import { later } from '../support/turns.ts';

describe('run', () => {
  it('passes arguments and resolves to what the function returns', async () => {
    expect(await run((a: number, b: number) => wait(later(a)) + b, 1, 2)).toBe(3);
  });

  it('rejects with what the function throws', async () => {
    const error = new Error('thrown');
    await expect(
      run(() => {
        throw error;
      }),
    ).rejects.toBe(error);
  });

  it('waits for a promise that the function returns', async () => {
    expect(await run(async () => later('inner'))).toBe('inner');
    expect(await run(() => Promise.reject(new Error('inner'))).catch((error: Error) => error.message)).toBe('inner');
  });

  it('rejects when given no function', async () => {
    await expect(run(undefined as unknown as () => void)).rejects.toMatchObject({ code: 'GREEN_ERR_OPT_INVALID' });
  });

  it('starts a context of its own when called in a context', async () => {
    const result = await run(() => {
      const inner = run(() => wait(later('inner')));
      return [wait(later('outer')), wait(inner)];
    });
    expect(result).toEqual(['outer', 'inner']);
  });

  it('is typed by its function', () => {
    expectTypeOf(run(() => 1)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(run(async () => 'text')).toEqualTypeOf<Promise<string>>();
    expectTypeOf(wait<Promise<number>>).returns.toEqualTypeOf<number>();
  });
});

describe('spawn', () => {
  it('runs the function up to its first wait before it returns', async () => {
    const log: string[] = [];
    const task = spawn(() => {
      log.push('spawned');
      wait(later(undefined));
      log.push('resumed');
    });
    log.push('starter');
    expect(task.state).toBe('waiting');
    await task;
    expect(log).toEqual(['spawned', 'starter', 'resumed']);
    expect(task.state).toBe('finished');
  });

  it('returns a task to await outside a context and to wait for inside one', async () => {
    const task: GreenTask<number> = spawn((n: number) => wait(later(n)) * 2, 21);
    expect(await task).toBe(42);
    expect(await run(() => wait(spawn((n: number) => wait(later(n)) + 1, 1)))).toBe(2);
  });

  it('runs beside its starter, for fan-out', async () => {
    const order: number[] = [];
    const results = await run(() => {
      const tasks = [1, 2, 3].map((n) =>
        spawn(() => {
          wait(later(undefined));
          order.push(n);
          return n * n;
        }),
      );
      order.push(0);
      return tasks.map((task) => wait(task));
    });
    expect(order).toEqual([0, 1, 2, 3]);
    expect(results).toEqual([1, 4, 9]);
  });

  it('passes a failure to whoever waits for the task', async () => {
    const outcome = await run(() => {
      const task = spawn(() => {
        wait(later(undefined));
        throw new Error('spawned');
      });
      try {
        return wait(task);
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(outcome).toBe('spawned');
  });

  it('works in thousands of contexts at once', async () => {
    const results = await Promise.all(Array.from({ length: 2000 }, (_, n) => spawn(() => wait(later(n)))));
    expect(results).toEqual(Array.from({ length: 2000 }, (_, n) => n));
  });
});

describe('green', () => {
  it('makes a sync-style function return a promise', async () => {
    const double = green((n: number): number => wait(later(n)) * 2);
    expectTypeOf(double).toEqualTypeOf<(n: number) => Promise<number>>();
    expect(await double(4)).toBe(8);
  });

  it('keeps this, name and length', async () => {
    const counter = {
      count: 3,
      add: green(function add(this: { count: number }, n: number): number {
        return this.count + wait(later(n));
      }),
    };
    expect(await counter.add(4)).toBe(7);
    expect(counter.add.name).toBe('add');
    expect(counter.add.length).toBe(1);
  });

  it('decorates methods', async () => {
    class Service {
      readonly #base = 10;

      @green
      load(n: number): number {
        return this.#base + wait(later(n)) + (inContext() ? 100 : 0);
      }
    }
    expect(await new Service().load(1)).toBe(111);
  });

  it('never gives a promise inside a promise', async () => {
    const nested = green(() => green(() => later('value'))());
    expect(await nested()).toBe('value');
  });

  it('rejects what is no function or method', () => {
    expect(() => green(1 as unknown as () => void)).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
    expect(() => {
      const decorate = green as unknown as (value: unknown, context: { kind: string }) => void;
      decorate(class {}, { kind: 'class' });
    }).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
  });
});
