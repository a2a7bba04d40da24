import { describe, expect, it } from 'vitest';

import { GreenPool, isCancelled, run, spawn, wait, withTimeout } from '../../src/index.ts';
import { later, never } from '../support/turns.ts';

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const throwing = (): never => {
  throw new Error('a trap');
};
const trapped = (): object => new Proxy({}, { get: throwing, getPrototypeOf: throwing, has: throwing });

const HOSTILE: readonly [name: string, value: unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['a number', 0],
  ['a string', 'text'],
  ['a symbol', Symbol('thrown')],
  ['a frozen error', Object.freeze(new Error('frozen'))],
  ['a frozen object', Object.freeze({ code: 'E' })],
  ['an object without a prototype', Object.create(null)],
  ['a function', () => {}],
  ['a revoked proxy', revoked()],
  ['a proxy whose traps throw', trapped()],
  ['an error whose stack throws', Object.defineProperty(new Error('no stack'), 'stack', { get: throwing })],
  ['an error whose code throws', Object.defineProperty(new Error('no code'), 'code', { get: throwing })],
];

/** What `promise` rejects with. In a box: vitest would look at the value. */
const reasonOf = (promise: PromiseLike<unknown>): Promise<{ reason: unknown } | null> =>
  Promise.resolve(
    promise.then(
      () => null,
      (reason) => ({ reason }),
    ),
  );

async function expectReason(promise: PromiseLike<unknown>, expected: unknown): Promise<void> {
  const outcome = await reasonOf(promise);
  expect(outcome !== null && Object.is(outcome.reason, expected)).toBe(true);
}

describe.each(HOSTILE)('%s', (_name, value) => {
  it('comes out of a handler that throws it, at once and after a wait', async () => {
    const pool = new GreenPool({ maxWorkers: 1 });
    const thrower = (waits: boolean) => () => {
      if (waits) wait(later(undefined));
      throw value;
    };
    await expectReason(pool.submit(thrower(false)), value);
    await expectReason(pool.submit(thrower(true)), value);
    await expectReason(spawn(thrower(true)), value);
    expect(pool.stats).toMatchObject({ active: 0, failed: 2 });
    expect(await pool.submit(() => wait(later('goes on')))).toBe('goes on');
  });

  it('is thrown by the wait for a promise that rejects with it', async () => {
    const caught = await run(() => {
      const found: boolean[] = [];
      for (const promise of [Promise.reject(value), later(undefined).then(() => Promise.reject(value))]) {
        try {
          wait(promise);
        } catch (error) {
          found.push(Object.is(error, value));
        }
      }
      return found;
    });
    expect(caught).toEqual([true, true]);
  });

  it('passes through withTimeout(), wait() with limits and inline work', async () => {
    const pool = new GreenPool();
    const work = (): unknown =>
      withTimeout(60_000, () => wait(pool.submit(() => wait(Promise.reject(value), { timeout: 60_000 }))));
    await expectReason(pool.submit(work), value);
  });

  it('may be thrown instead of a cancellation', async () => {
    const pool = new GreenPool({ maxWorkers: 1 });
    const controller = new AbortController();
    const task = pool.submit(
      () => {
        try {
          wait(never());
        } catch {
          throw value;
        }
      },
      { signal: controller.signal },
    );
    controller.abort();
    await expectReason(task, value);
    expect(pool.stats).toMatchObject({ active: 0, failed: 1, cancelled: 0 });
    expect(await pool.submit(() => wait(later('goes on')))).toBe('goes on');
  });

  it('is no cancellation', () => {
    expect(isCancelled(value)).toBe(false);
  });
});

describe.each([
  ['a revoked proxy', revoked],
  ['a proxy whose traps throw', trapped],
])('%s as a value', (_name, make) => {
  it('makes wait() throw what await throws, and the context goes on', async () => {
    const awaited = await reasonOf((async () => await make())());
    const waited = await run(() => {
      try {
        wait(make());
      } catch (error) {
        return [(error as Error).message, wait(later('goes on'))];
      }
      return [];
    });
    expect(waited).toEqual([(awaited as { reason: Error }).reason.message, 'goes on']);
  });

  it('fails the task that returns it, as an async function', async () => {
    const returned = await reasonOf((async () => make())());
    await expect(run(() => make())).rejects.toThrow((returned as { reason: Error }).reason.message);
  });
});
