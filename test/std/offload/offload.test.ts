// offload(): functions and modules in worker threads, from the context's point of view.

import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, expectTypeOf, it } from 'vitest';

import { run, spawn, withTimeout } from '../../../src/index.ts';
import {
  OFFLOAD_DEFAULTS,
  OffloadPool,
  offload,
  offloadModule,
  sharedOffloadPool,
} from '../../../src/std/offload/index.ts';
import { waitsOf } from '../waits.ts';

interface Work {
  count(): number;
  busy(ms: number): number;
  later<T>(value: T): Promise<T>;
  echo(...args: unknown[]): unknown[];
  self(): string;
  fail(): never;
  failWith(value: unknown): never;
  typeError(): never;
  die(): never;
  crash(): never;
  unsendable(): unknown;
  aPort(): unknown;
  failOddly(how: string): never;
  aFunction(): unknown;
  forEver(): never;
  missing(): unknown;
  value: number;
  default(name: string): string;
}

const WORK = new URL('../../fixtures/offload/work.mjs', import.meta.url);
const work = offloadModule<Work>(WORK);

const pools: OffloadPool[] = [];
function newPool(options: ConstructorParameters<typeof OffloadPool>[0] = {}): OffloadPool {
  const pool = new OffloadPool(options);
  pools.push(pool);
  return pool;
}
afterAll(() => Promise.all([sharedOffloadPool, ...pools].map((pool) => pool.close({ force: true }))));

/** What `fn` throws in a context. */
function thrownBy(fn: () => unknown): Promise<Error & Record<string, unknown>> {
  return run(() => {
    try {
      fn();
    } catch (error) {
      return error;
    }
    throw new Error('nothing was thrown');
  }) as never;
}

describe('offload(fn, ...args)', () => {
  it('returns what the function returns, in a thread of its own', async () => {
    const outcome = await waitsOf(() => offload((a: number, b: number) => [a + b, typeof module], 1, 2));
    expect(outcome).toEqual({ waits: 1, value: [3, 'undefined'] });
    const threads = await run(() =>
      offload(() => (require('node:worker_threads') as typeof import('node:worker_threads')).threadId),
    );
    expect(threads).toBeGreaterThan(0);
  });

  it('waits for what an async function resolves to', async () => {
    const value = await run(() => offload(async (n: number) => [await Promise.resolve(n)], 5));
    expect(value).toEqual([5]);
    expectTypeOf(offload<[], Promise<string>>).returns.toEqualTypeOf<string>();
  });

  it('takes functions of every form', async () => {
    const holder = {
      method(n: number) {
        return n + 1;
      },
      async later(n: number) {
        return n + 2;
      },
      // biome-ignore lint/complexity/useArrowFunction: the form is the point
      plain: function (n: number) {
        return n + 3;
      },
    };
    expect(
      await run(() => [holder.method, holder.later, holder.plain].map((fn) => offload<[number], unknown>(fn, 1))),
    ).toEqual([2, 3, 4]);
  });

  it('clones arguments and result', async () => {
    const given = { map: new Map([[1, new Date(5)]]), bytes: new Uint8Array([1, 2, 3]), big: 10n, none: undefined };
    const echoed = await run(() => offload((value: typeof given) => value, given));
    expect(echoed).toEqual(given);
    expect(echoed).not.toBe(given);
  });

  it('has require() and import(), which look from the application', async () => {
    const hash = await run(() =>
      offload((text: string) => require('node:crypto').createHash('sha1').update(text).digest('hex'), 'x'),
    );
    expect(hash).toBe(createHash('sha1').update('x').digest('hex'));
  });

  it('lets the event loop go on', async () => {
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    await run(() => work.busy(100));
    clearInterval(counting);
    expect(turns).toBeGreaterThan(2);
  });

  it('hands on the stores of AsyncLocalStorage, and keeps none of them', async () => {
    const store = new AsyncLocalStorage<string>();
    const pool = newPool({ maxThreads: 1 });
    const seen = await Promise.all(
      ['a', 'b'].map((name) => store.run(name, () => run(() => [pool.run(() => 1), store.getStore()]))),
    );
    expect(seen).toEqual([
      [1, 'a'],
      [1, 'b'],
    ]);
  });
});

describe('a function that cannot be sent', () => {
  it.each([
    ['a class', class A {}, /class/],
    ['a native function', Math.max, /native|own/],
    ['a bound function', (() => 1).bind(null), /bound/],
  ])('is refused: %s', async (_what, fn, message) => {
    const error = await thrownBy(() => offload(fn as never));
    expect(error).toMatchObject({ code: 'GREEN_ERR_OFFLOAD_UNSENDABLE', message: expect.stringMatching(message) });
  });

  it('is refused when it uses what is around it', async () => {
    const secret = 'around it';
    const error = await thrownBy(() => offload(() => secret));
    expect(error).toMatchObject({
      code: 'GREEN_ERR_OFFLOAD_UNSENDABLE',
      message: expect.stringContaining("uses 'secret'"),
      cause: expect.any(ReferenceError),
    });
  });

  it('is not blamed for a ReferenceError of what it calls', async () => {
    const error = await thrownBy(() => offload(() => new (require('node:vm').Script)('unknown').runInThisContext()));
    expect(error).toBeInstanceOf(ReferenceError);
  });

  it('is no function at all: refused', async () => {
    expect(await thrownBy(() => offload('x' as never))).toMatchObject({ code: 'GREEN_ERR_OPT_INVALID' });
  });

  it('has arguments that cannot be cloned', async () => {
    const error = await thrownBy(() =>
      offload(
        (fn: unknown) => fn,
        () => 1,
      ),
    );
    expect(error).toMatchObject({
      code: 'GREEN_ERR_OFFLOAD_UNSENDABLE',
      message: expect.stringMatching(/^An argument/),
    });
    expect(error.stack).toContain('offload.test.ts');
  });

  it('has a port as an argument, which would have to be transferred', async () => {
    const { port1 } = new MessageChannel();
    expect(await thrownBy(() => work.echo(port1))).toMatchObject({
      code: 'GREEN_ERR_OFFLOAD_UNSENDABLE',
      message: expect.stringMatching(/^An argument/),
    });
    port1.close();
  });

  it.each(['unsendable', 'aFunction', 'aPort'] as const)('has a result that cannot be cloned: %s', async (name) => {
    const error = await thrownBy(() => work[name]());
    expect(error).toMatchObject({
      code: 'GREEN_ERR_OFFLOAD_UNSENDABLE',
      message: expect.stringMatching(/^The result/),
    });
    expect(await run(() => work.echo(1))).toEqual([1]);
  });
});

describe('offloadModule()', () => {
  it('calls the functions of a module, and waits', async () => {
    expect(await run(() => [work.echo(1, 'a'), work.later('b'), work.default('c')])).toEqual([
      [1, 'a'],
      'b',
      'hello c',
    ]);
    expectTypeOf(work.busy).returns.toEqualTypeOf<number>();
    expectTypeOf(work.later).returns.toEqualTypeOf<unknown>();
    expectTypeOf(work).not.toHaveProperty('value');
  });

  it('is called itself, as a module that is a function', async () => {
    const main = offloadModule<(name: string) => string>(WORK);
    expect(await run(() => main('d'))).toBe('hello d');
  });

  it('finds the functions of CommonJS modules, relative to a file', async () => {
    interface Bcrypt {
      hashSync(text: string, rounds: number): string;
    }
    const bcrypt = offloadModule<Bcrypt>('../../fixtures/offload/legacy.cjs', { from: import.meta.url });
    expect(await run(() => bcrypt.hashSync('secret', 10))).toBe('hashSync(secret,10)');
  });

  it('finds modules of Node', async () => {
    const path = offloadModule<typeof import('node:path')>('node:path');
    expect(await run(() => path.join('a', 'b'))).toBe('a/b');
  });

  it('keeps the state of the module in its thread', async () => {
    const pool = newPool({ maxThreads: 1 });
    const { count } = pool.module<Work>(WORK);
    expect(await run(() => [count(), count(), count()])).toEqual([1, 2, 3]);
  });

  it('can be returned from async functions, and is not mistaken for a promise', async () => {
    expect(await (async () => work)()).toBe(work);
    expect(work.busy).toBe(work.busy);
    expect(work.busy.name).toBe('busy');
  });

  it('says which function or module is missing', async () => {
    expect(await thrownBy(() => work.missing())).toMatchObject({
      message: expect.stringContaining('no function missing()'),
    });
    expect(await thrownBy(() => offloadModule<Work>('no-such-package').count())).toMatchObject({
      code: 'ERR_MODULE_NOT_FOUND',
    });
  });

  it.each([
    [7, undefined],
    ['./relative.mjs', undefined],
    ['x', { from: 7 }],
    ['x', { parent: 'y' }],
  ])('refuses bad arguments: %s, %s', (specifier, options) => {
    expect(() => offloadModule(specifier as never, options as never)).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }),
    );
  });
});

describe('what an offloaded call throws', () => {
  it('keeps name, message, code, other properties and cause', async () => {
    const error = await thrownBy(() => work.fail());
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'PaymentError', message: 'declined', code: 'E_PAYMENT', statusCode: 402 });
    expect(error.cause).toBeInstanceOf(RangeError);
    expect((error.cause as Error).cause).toBe('text');
    expect(error).not.toHaveProperty('notSent');
  });

  it('keeps the classes of the language', async () => {
    expect(await thrownBy(() => work.typeError())).toBeInstanceOf(TypeError);
  });

  it('shows the frames of the worker, and those of the caller', async () => {
    const error = await thrownBy(function inHandler() {
      work.fail();
    });
    expect(error.stack).toMatch(/work\.mjs[\s\S]*inHandler[\s\S]*offload\.test\.ts/);
  });

  it('may be such that they cannot be looked at', async () => {
    expect(await thrownBy(() => work.failOddly('getter'))).toMatchObject({ name: 'RangeError', message: 'odd' });
    expect((await thrownBy(() => work.failOddly('string'))).message).toContain('cannot be looked at');
    expect(await run(() => work.echo(1))).toEqual([1]);
  });

  it('need not be an error', async () => {
    expect(await thrownBy(() => work.failWith({ a: 1 }))).toEqual({ a: 1 });
    expect(await thrownBy(() => work.failWith(undefined))).toBeUndefined();
  });

  it.each(['die', 'crash'] as const)('says so when the thread ends: %s', async (name) => {
    const error = await thrownBy(() => work[name]());
    expect(error).toMatchObject({ code: 'GREEN_ERR_OFFLOAD_WORKER', cause: expect.any(Error) });
    expect(await run(() => work.echo(1))).toEqual([1]);
  });

  it('throws outside contexts', () => {
    expect(() => offload(() => 1)).toThrow(expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' }));
  });
});

describe('a cancelled call', () => {
  it('ends the thread that runs it', async () => {
    const pool = newPool({ maxThreads: 1 });
    const { forEver, echo } = pool.module<Work>(WORK);
    await run(() => echo());
    const task = spawn(() => forEver());
    await sleep(20);
    task.cancel();
    await expect(task).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(pool.stats).toMatchObject({ running: 0, queued: 0 });
    expect(await run(() => echo('after'))).toEqual(['after']);
  });

  it('ends by a limit of time', async () => {
    const error = await thrownBy(() => withTimeout(50, () => work.forEver()));
    expect(error).toMatchObject({ code: 'GREEN_ERR_WAIT_TIMEOUT' });
  });

  it('leaves the queue', async () => {
    const pool = newPool({ maxThreads: 1 });
    const { busy, count } = pool.module<Work>(WORK);
    const first = run(() => busy(30));
    const second = spawn(() => count());
    const third = run(() => count());
    await nextTurn();
    expect(pool.stats).toMatchObject({ running: 1, queued: 2 });
    second.cancel();
    await expect(second).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(pool.stats).toMatchObject({ running: 1, queued: 1 });
    expect(await Promise.all([first, third])).toEqual([30, 1]);
  });
});

describe('OffloadPool', () => {
  it('runs as many calls at once as it may have threads, the others in their order', async () => {
    const pool = newPool({ maxThreads: 2 });
    const { busy, echo } = pool.module<Work>(WORK);
    const order: unknown[] = [];
    const calls = [run(() => busy(20)), run(() => busy(20))];
    for (let n = 0; n < 5; n++) calls.push(run(() => order.push(...echo(n))));
    expect(pool.stats).toMatchObject({ running: 2, queued: 5 });
    await Promise.all(calls);
    expect(order.toSorted()).toEqual([0, 1, 2, 3, 4]);
    expect(pool.stats.threads).toBeLessThanOrEqual(2);
    const one = newPool({ maxThreads: 1 });
    const inOrder: unknown[] = [];
    const single = one.module<Work>(WORK);
    await Promise.all([1, 2, 3, 4].map((n) => run(() => inOrder.push(...single.echo(n)))));
    expect(inOrder).toEqual([1, 2, 3, 4]);
  });

  it('refuses what its queue has no place for', async () => {
    const pool = newPool({ maxThreads: 1, maxQueue: 1 });
    const { echo } = pool.module<Work>(WORK);
    const calls = [run(() => echo(1)), run(() => echo(2))];
    expect(await thrownBy(() => echo(3))).toMatchObject({ code: 'GREEN_ERR_OFFLOAD_FULL', statusCode: 503 });
    expect(await Promise.all(calls)).toEqual([[1], [2]]);
  });

  it('ends idle threads', async () => {
    const pool = newPool({ idleTimeout: 0 });
    await run(() => pool.run(() => 1));
    while (pool.stats.threads > 0) await sleep(5);
  });

  it('limits the memory of its threads', async () => {
    const pool = newPool({ resourceLimits: { maxOldGenerationSizeMb: 10 } });
    const error = await thrownBy(() =>
      pool.run(() => {
        const kept: unknown[] = [];
        for (;;) kept.push(Array.from({ length: 10_000 }, (_, n) => ({ n })));
      }),
    );
    expect(error).toMatchObject({ code: 'GREEN_ERR_OFFLOAD_WORKER', cause: { code: 'ERR_WORKER_OUT_OF_MEMORY' } });
  });

  it('closes when its calls have ended, and takes no more', async () => {
    const pool = newPool({ maxThreads: 1 });
    const { echo } = pool.module<Work>(WORK);
    const calls = [run(() => echo(1)), run(() => echo(2))];
    await pool.close();
    expect(await Promise.all(calls)).toEqual([[1], [2]]);
    expect(pool.stats.threads).toBe(0);
    expect(await thrownBy(() => echo(3))).toMatchObject({ code: 'GREEN_ERR_OFFLOAD_CLOSED', statusCode: 503 });
  });

  it('closes by force, whatever runs', async () => {
    const pool = newPool({ maxThreads: 1 });
    const { forEver, echo } = pool.module<Work>(WORK);
    const calls = [run(() => forEver()), run(() => echo(2))].map((call) => call.catch((error) => error.code));
    await sleep(20);
    await pool.close({ force: true });
    expect(await Promise.all(calls)).toEqual(['GREEN_ERR_OFFLOAD_CLOSED', 'GREEN_ERR_OFFLOAD_CLOSED']);
  });

  it('closes before it has been used', async () => {
    await using pool = new OffloadPool();
    expect(pool.stats).toEqual({ threads: 0, running: 0, queued: 0 });
  });

  it.each([
    { maxThreads: 0 },
    { minThreads: -1 },
    { minThreads: 3, maxThreads: 2 },
    { idleTimeout: 1.5 },
    { maxQueue: -1 },
    { resourceLimits: 7 },
    { threads: 1 },
  ])('refuses bad options: %o', (options) => {
    expect(() => new OffloadPool(options as never)).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
    expect(Object.isFrozen(OFFLOAD_DEFAULTS)).toBe(true);
  });
});
