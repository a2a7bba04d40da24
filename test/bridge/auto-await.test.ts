import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, expectTypeOf, it } from 'vitest';

import { autoAwait, decorateAsSync, inContext, run, spawn, wait } from '../../src/index.ts';
import { later } from '../support/turns.ts';

// biome-ignore lint/suspicious/noExplicitAny: any function
type AnyFunction = (...args: any[]) => any;

function memoize<F extends AnyFunction>(fn: F): F & { cache: Map<string, unknown> } {
  const cache = new Map<string, unknown>();
  const memoized = function (this: unknown, ...args: unknown[]): unknown {
    const key = JSON.stringify(args);
    if (!cache.has(key)) cache.set(key, fn.apply(this, args));
    return cache.get(key);
  };
  return Object.assign(memoized as F, { cache });
}

describe('autoAwait', () => {
  it('makes an async function return its outcome', async () => {
    const twice = autoAwait(async (n: number) => (await later(n)) * 2);
    expectTypeOf(twice).toEqualTypeOf<(n: number) => number>();
    expect(await run(() => [1, 2, 3].map((n) => twice(n)))).toEqual([2, 4, 6]);
  });

  it('suspends the whole stack below code that knows only synchronous functions', async () => {
    const weight = autoAwait((n: number) => later(-n));
    expect(await run(() => [2, 3, 1].sort((a, b) => weight(a) - weight(b)))).toEqual([3, 2, 1]);
  });

  it('keeps this, name and length', async () => {
    const counter = {
      count: 3,
      add: autoAwait(async function add(this: { count: number }, n: number): Promise<number> {
        return this.count + (await later(n));
      }),
    };
    expect(await run(() => counter.add(4))).toBe(7);
    expect([counter.add.name, counter.add.length]).toEqual(['add', 1]);
  });

  it('passes through what is no promise', async () => {
    expect(await run(() => autoAwait((n: number) => n + 1)(1))).toBe(2);
  });

  it('throws the rejection in place, with the frames that wait', async () => {
    const error = new Error('refused');
    const refuse = autoAwait(async () => {
      await later(undefined);
      throw error;
    });
    await run(function handler() {
      expect(() => refuse()).toThrow(error);
      expect(error.stack).toContain('handler');
    });
  });

  it('decorates methods and getters', async () => {
    class User {
      readonly #name = 'nobody';

      @autoAwait
      get name(): string {
        return later(this.#name) as unknown as string;
      }

      @autoAwait
      async load(id: number): Promise<string> {
        return `${await later(id)}`;
      }
    }
    await run(() => {
      const user = new User();
      expect(user.name).toBe('nobody');
      expect(user.load(7)).toBe('7');
    });
  });

  it('starts nothing where it cannot wait, or when its caller is cancelled', async () => {
    let calls = 0;
    const load = autoAwait(async function loadUser() {
      calls++;
      await later(undefined);
    });
    expect(() => load()).toThrow(
      expect.objectContaining({
        code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT',
        message: expect.stringMatching(/^loadUser\(\) /),
      }),
    );
    const task = spawn(() => {
      wait(later(undefined));
      task.cancel();
      load();
    });
    await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(calls).toBe(0);
  });

  it('refuses what is no function or method', () => {
    const invalid = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
    expect(() => autoAwait(1 as unknown as AnyFunction)).toThrow(invalid);
    expect(() => {
      const decorate = autoAwait as unknown as (value: unknown, context: { kind: string }) => void;
      decorate(class {}, { kind: 'class' });
    }).toThrow(invalid);
  });
});

describe('decorateAsSync', () => {
  it('lets a decorator for synchronous functions see values, not promises', async () => {
    let runs = 0;
    const example = decorateAsSync(memoize)(async (a: number, b: number) => {
      runs++;
      return (await later(a)) + b;
    });
    expectTypeOf(example).toEqualTypeOf<(a: number, b: number) => Promise<number>>();
    expect(await example(1, 2)).toBe(3);
    expect(await example(1, 2)).toBe(3);
    expect(runs).toBe(1);
    expect(await example(2, 2)).toBe(4);
    expect(runs).toBe(2);
    expect(inContext()).toBe(false);
  });

  it('does not let it remember a failure', async () => {
    let runs = 0;
    const example = decorateAsSync(memoize)(async () => {
      if (++runs === 1) throw new Error('first');
      return runs;
    });
    await expect(example()).rejects.toThrow('first');
    expect(await example()).toBe(2);
  });

  it('shows the decorator the name of the function, and keeps what it puts on its own', async () => {
    const seen: string[] = [];
    const example = decorateAsSync(<F extends AnyFunction>(fn: F): F => {
      seen.push(fn.name);
      return memoize(fn);
    })(async function loadUser() {
      return later(1);
    });
    expect(seen).toEqual(['loadUser']);
    expect(await example()).toBe(1);
    expect((example as unknown as { cache: Map<string, unknown> }).cache.get('[]')).toBe(1);
  });

  it('gives the function what the decorator changes of its parameters and result', async () => {
    const asText = (fn: (n: number) => number) => (text: string) => `${fn(Number(text))}`;
    const twice = decorateAsSync(asText)(async (n: number) => (await later(n)) * 2);
    expectTypeOf(twice).toEqualTypeOf<(text: string) => Promise<string>>();
    expect(await twice('21')).toBe('42');
  });

  it('runs each call in a context of its own, with the stores of its caller, in a context or not', async () => {
    const store = new AsyncLocalStorage<string>();
    const where = decorateAsSync(<F extends AnyFunction>(fn: F): F => fn)(async () => {
      await later(undefined);
      return store.getStore();
    });
    expect(await store.run('a', () => where())).toBe('a');
    expect(await run(() => store.run('b', () => wait(Promise.all([where(), where()]))))).toEqual(['b', 'b']);
  });

  it('decorates methods', async () => {
    class Service {
      readonly #base = 10;
      runs = 0;

      @decorateAsSync(memoize)
      async load(n: number): Promise<number> {
        this.runs++;
        return this.#base + (await later(n));
      }
    }
    const service = new Service();
    expect([await service.load(1), await service.load(1), service.runs]).toEqual([11, 11, 1]);
  });

  it('refuses what is no function, also as what the decorator makes', () => {
    const invalid = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
    expect(() => decorateAsSync(1 as unknown as typeof memoize)).toThrow(invalid);
    expect(() => decorateAsSync(memoize)(1 as unknown as AnyFunction)).toThrow(invalid);
    expect(() => decorateAsSync((() => 1) as unknown as typeof memoize)(async () => 1)).toThrow(invalid);
  });
});
