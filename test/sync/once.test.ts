import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, it } from 'vitest';

import { run, spawn, wait } from '../../src/index.ts';
import { once } from '../../src/sync/index.ts';
import { later, never, spawnDoomed, turns } from '../support/turns.ts';

const INVALID = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });

describe('once()', () => {
  it('shares one run between those who ask for the same at once', async () => {
    const runs: number[] = [];
    const load = once((id: number) => {
      runs.push(id);
      wait(later(undefined));
      return { id };
    });
    const [a, b, other] = await Promise.all([1, 1, 2].map((id) => run(() => load(id))));
    expect(a).toBe(b);
    expect(other).toEqual({ id: 2 });
    expect(runs).toEqual([1, 2]);
    expect(load.stats).toEqual({ running: 0, kept: 0, calls: 3, runs: 2 });
    await run(() => load(1));
    expect(runs).toEqual([1, 2, 1]);
    expect([load.name, load.length]).toEqual(['', 1]);
  });

  it('shares an error, and does not keep it', async () => {
    let runs = 0;
    const fail = once(
      async () => {
        await later(undefined);
        throw new Error(`failure ${++runs}`);
      },
      { keep: true },
    );
    const outcomes = await Promise.allSettled([run(() => fail()), run(() => fail())]);
    expect(outcomes).toMatchObject([{ reason: { message: 'failure 1' } }, { reason: { message: 'failure 1' } }]);
    await expect(run(() => fail())).rejects.toThrow('failure 2');
    expect(fail.stats).toMatchObject({ running: 0, kept: 0 });
  });

  it('keeps what came, for ever or for a time, until it is forgotten', async () => {
    let runs = 0;
    const forever = once((_key: string) => ++runs, { keep: true });
    expect(await run(() => [forever('a'), forever('a'), forever('b')])).toEqual([1, 1, 2]);
    expect([forever.forget('a'), forever.forget('a')]).toEqual([true, false]);
    expect(await run(() => [forever('a'), forever('b')])).toEqual([3, 2]);
    forever.clear();
    expect(forever.stats.kept).toBe(0);
    const brief = once(() => ++runs, { keep: 5 });
    const first = await run(() => brief());
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await run(() => brief())).toBe(first + 1);
    expect(await run(() => brief())).toBeGreaterThan(first);
  });

  it('does not gather what it has kept for long enough, though nobody asks for it again', async () => {
    const load = once((id: number) => id, { keep: 1 });
    for (let id = 0; id < 5; id++) {
      await run(() => load(id));
      const keptAtMs = performance.now();
      while (performance.now() - keptAtMs <= 1) await turns(1);
    }
    expect(load.stats).toMatchObject({ kept: 1, runs: 5 });
  });

  it('does not keep what was forgotten while it ran', async () => {
    let runs = 0;
    const load = once(
      () => {
        const result = ++runs;
        wait(later(undefined));
        return result;
      },
      { keep: true },
    );
    const early = run(() => load());
    expect(load.forget()).toBe(true);
    const late = run(() => load());
    expect(await Promise.all([early, late])).toEqual([1, 2]);
    expect(await run(() => load())).toBe(2);
  });

  it('goes on for the others when a caller gives up, the first one too', async () => {
    let runs = 0;
    const load = once(() => {
      runs++;
      wait(later(undefined));
      wait(later(undefined));
      return 'loaded';
    });
    const first = spawn(() => load());
    const destroyed = spawnDoomed(() => load());
    const late = run(() => load.within({ timeout: 60_000 }));
    first.cancel();
    destroyed.destroy();
    await expect(first.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect([await late, runs]).toEqual(['loaded', 1]);
  });

  it('is cancelled when the last caller has gone, and starts again for the next', async () => {
    const log: string[] = [];
    const load = once(() => {
      log.push('starts');
      try {
        wait(never());
      } finally {
        log.push('ends');
      }
    });
    const callers = [spawn(() => load()), run(() => load.within({ timeout: 1 }))];
    const outcomes = Promise.allSettled(callers);
    (callers[0] as ReturnType<typeof spawn>).cancel();
    expect(await outcomes).toMatchObject([
      { reason: { code: 'GREEN_ERR_CANCELLED' } },
      { reason: { code: 'GREEN_ERR_WAIT_TIMEOUT' } },
    ]);
    await turns();
    expect(log).toEqual(['starts', 'ends']);
    expect(load.stats).toMatchObject({ running: 0, runs: 1 });
    const destroyed = spawnDoomed(() => load());
    expect(load.stats).toMatchObject({ running: 1, runs: 2 });
    destroyed.destroy();
    await turns();
    expect(log).toEqual(['starts', 'ends', 'starts', 'ends']);
  });

  it('refuses a run that asks for its own outcome, and lets one join that was started by it', async () => {
    const load: () => unknown = once(() => {
      expect(() => load()).toThrow(expect.objectContaining({ code: 'GREEN_ERR_SYNC_MISUSE' }));
      return 'loaded';
    });
    expect(await run(() => load())).toBe('loaded');
    const joined: Promise<unknown>[] = [];
    const other: () => unknown = once(() => {
      joined.push(run(() => other()));
      return 'other';
    });
    expect(await run(() => other())).toBe('other');
    expect(await Promise.all(joined)).toEqual(['other']);
  });

  it('runs with the stores of its first caller', async () => {
    const storage = new AsyncLocalStorage<string>();
    const load = once(() => {
      wait(later(undefined));
      return storage.getStore();
    });
    const seen = await Promise.all(['a', 'b'].map((store) => storage.run(store, () => run(() => load()))));
    expect(seen).toEqual(['a', 'a']);
  });

  it('needs a key for more than one argument', async () => {
    const add = once((a: number, b: number) => a + b);
    await expect(run(() => add(1, 2))).rejects.toEqual(INVALID);
    const keyed = once((a: number, b: number) => a + b, { key: (a, b) => `${a} ${b}` });
    expect(await run(() => [keyed(1, 2), keyed(2, 2)])).toEqual([3, 4]);
  });

  it('refuses bad arguments', () => {
    expect(() => once(1 as never)).toThrow(INVALID);
    for (const keep of [-1, Number.NaN, '1000', 1000n, null]) {
      expect(() => once(() => 1, { keep: keep as never })).toThrow(INVALID);
    }
    expect(() => once(() => 1, { key: 'id' as never })).toThrow(INVALID);
  });
});
