import { describe, expect, it } from 'vitest';

import { run, spawn, wait } from '../../src/index.ts';
import { exclusive } from '../../src/patch/index.ts';
import { withoutSuspending } from '../../src/pool/index.ts';
import { later } from '../support/turns.ts';

/** A package with one slot: whoever comes in between spoils it. */
function oneSlot(): (this: unknown, value: number) => number {
  let slot = 0;
  return function double(value) {
    slot = value;
    wait(later(undefined));
    return slot * 2;
  };
}

describe('exclusive()', () => {
  it('lets one context at a time in, first come, first served', async () => {
    const values = [1, 2, 3, 4, 5];
    const spoilt = oneSlot();
    expect(await Promise.all(values.map((value) => run(() => spoilt(value))))).toEqual([10, 10, 10, 10, 10]);
    const alone = exclusive(oneSlot());
    const order: number[] = [];
    const results = values.map((value) =>
      run(() => {
        const result = alone(value);
        order.push(value);
        return result;
      }),
    );
    expect(await Promise.all(results)).toEqual([2, 4, 6, 8, 10]);
    expect(order).toEqual(values);
  });

  it('keeps this, arguments, name, length and properties', async () => {
    const fn = Object.assign(
      function sum(this: number, a: number, b: number) {
        return this + a + b;
      },
      { extra: 1 },
    );
    const alone = exclusive(fn);
    expect(await run(() => alone.call(1, 2, 3))).toBe(6);
    expect([alone.name, alone.length, alone.extra]).toEqual(['sum', 2, 1]);
  });

  it('keeps functions of one name apart from each other', async () => {
    let inside = 0;
    const step = (): number => {
      const now = ++inside;
      wait(later(undefined));
      inside--;
      return now;
    };
    const [a, b, c] = [exclusive(step, 'shared'), exclusive(step, 'shared'), exclusive(step, 'other')];
    expect(await Promise.all([run(a), run(b)])).toEqual([1, 1]);
    expect(await Promise.all([run(a), run(c)])).toEqual([1, 2]);
  });

  it('lets the context that is in call it again', async () => {
    const countDown: (n: number) => number = exclusive((n: number): number => (n === 0 ? 0 : countDown(n - 1) + 1));
    expect(await run(() => countDown(3))).toBe(3);
  });

  it('lets the next one in after an error', async () => {
    const fails = exclusive(() => {
      wait(later(undefined));
      throw new Error('inside');
    });
    const both = await Promise.allSettled([run(fails), run(fails)]);
    expect(both.map((each) => each.status === 'rejected' && String(each.reason))).toEqual([
      'Error: inside',
      'Error: inside',
    ]);
  });

  it('lets who is cancelled leave the line', async () => {
    let calls = 0;
    const alone = exclusive(() => {
      calls++;
      wait(later(undefined));
    });
    const first = spawn(alone);
    const second = spawn(alone);
    const third = spawn(alone);
    second.cancel();
    await expect(second).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    await Promise.all([first, third]);
    expect(calls).toBe(2);
  });

  it('goes straight in outside contexts, unless a context is in', async () => {
    const alone = exclusive((fn: () => unknown) => fn());
    expect(alone(() => 1)).toBe(1);
    const inside = run(() => alone(() => wait(later(2))));
    expect(() => alone(() => 3)).toThrow(expect.objectContaining({ code: 'GREEN_ERR_LOCK_MISUSE' }));
    expect(await inside).toBe(2);
    expect(alone(() => 4)).toBe(4);
  });

  it('goes straight in where nothing may suspend, unless another context is in', async () => {
    const alone = exclusive((fn: () => unknown) => fn());
    const forbidden = <R>(fn: () => R): R => withoutSuspending('this is a test', 'Wait elsewhere.', fn);
    expect(await run(() => forbidden(() => alone(() => 1)))).toBe(1);
    const inside = run(() => alone(() => wait(later(2))));
    await expect(run(() => forbidden(() => alone(() => 3)))).rejects.toMatchObject({
      code: 'GREEN_ERR_WAIT_FORBIDDEN',
    });
    expect(await inside).toBe(2);
  });

  it('refuses what is no function', () => {
    expect(() => exclusive('fn' as never)).toThrow('exclusive() fn');
  });
});
