import { describe, expect, it } from 'vitest';

import { GreenPool, run, wait } from '../../src/index.ts';
import { outputOf } from '../support/child.ts';
import { later } from '../support/turns.ts';

/** How deep the stack got before it overflowed. */
function overflow(): number {
  try {
    return overflow() + 1;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return 1;
  }
}

describe('a handler that overflows its stack', () => {
  it('gets a RangeError, and suspended handlers know nothing of it', async () => {
    const pool = new GreenPool({ maxWorkers: 10 });
    const others = Array.from({ length: 5 }, (_, id) =>
      pool.submit(() => [3, 1, 2].sort((a, b) => wait(later(a - b))).map((n) => wait(later(n * id)))),
    );
    const overflowing = Array.from({ length: 3 }, () =>
      pool.submit(() => {
        const before = overflow();
        wait(later(undefined));
        return [before, overflow()];
      }),
    );
    for (const depths of await Promise.all(overflowing))
      for (const depth of depths) expect(depth).toBeGreaterThan(1000);
    expect(await Promise.all(others)).toEqual([0, 1, 2, 3, 4].map((id) => [id, 2 * id, 3 * id]));
    expect(overflow()).toBeGreaterThan(1000);
  });

  it('fails with the RangeError when it does not catch it', async () => {
    const pool = new GreenPool({ maxWorkers: 1 });
    const endless = (): number => endless() + 1;
    await expect(pool.submit(endless)).rejects.toThrow(RangeError);
    expect(await pool.submit(() => wait(later('goes on')))).toBe('goes on');
  });

  it('may overflow it while it waits for another that does', async () => {
    const nested = await run(() => {
      const before = overflow();
      const inner = wait(
        run(() => {
          wait(later(undefined));
          return overflow();
        }),
      );
      return [before, inner, overflow()];
    });
    for (const depth of nested) expect(depth).toBeGreaterThan(1000);
  });

  it('may do so in the middle of a wait, a submit() or a spawn(), and no context or worker is lost', async () => {
    expect(await outputOf('faults/overflow-anywhere.mjs')).toBe('done\n');
  });
});
