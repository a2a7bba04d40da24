import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, expectTypeOf, it } from 'vitest';

import {
  dumpContexts,
  GreenPool,
  type GreenTask,
  joinAll,
  race,
  run,
  spawn,
  wait,
  withTimeout,
} from '../../src/index.ts';
import { later, never } from '../support/turns.ts';

const invalid = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
const cancelled = expect.objectContaining({ code: 'GREEN_ERR_CANCELLED' });
const outside = expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' });
const failing = (message: string) => (): never => {
  wait(later(undefined));
  throw new Error(message);
};

function stuck(log: unknown[], name: unknown): never {
  try {
    return wait(never());
  } catch (error) {
    wait(later(undefined));
    log.push([name, (error as { reason: string }).reason]);
    throw error;
  }
}

describe('joinAll', () => {
  it('gives the results of all tasks in their order', async () => {
    await run(() => {
      const results = joinAll([spawn(() => wait(later(1))), spawn(() => 'two'), Promise.resolve(true)]);
      expectTypeOf(results).toEqualTypeOf<[number, string, boolean]>();
      expect(results).toEqual([1, 'two', true]);
      const tasks = new Set([spawn(() => wait(later(1))), spawn(() => 2)]);
      expect(joinAll(tasks)).toEqual([1, 2]);
      expect(joinAll([])).toEqual([]);
      const task = spawn(() => wait(later(1)));
      expect(joinAll([task, task])).toEqual([1, 1]);
    });
  });

  it('cancels the rest at the first error, and throws that when all have ended', async () => {
    const log: unknown[] = [];
    await run(function handler() {
      const tasks = [spawn(stuck, log, 'a'), spawn(failing('second')), spawn(failing('third'))];
      let thrown: Error | undefined;
      try {
        joinAll(tasks);
      } catch (error) {
        thrown = error as Error;
      }
      expect(thrown?.message).toBe('second');
      expect(thrown?.stack).toContain('handler');
      expect(log).toEqual([['a', 'explicit']]);
      expect(tasks.map(({ state }) => state)).toEqual(['finished', 'finished', 'finished']);
    });
  });

  it('throws the error of a task that failed before a promise did', async () => {
    const failed = (): never => {
      throw new Error('first');
    };
    const both = () => joinAll([spawn(failed), Promise.reject(new Error('second'))]);
    await expect(run(both)).rejects.toThrow('first');
  });

  it('collects outcomes instead', async () => {
    await run(() => {
      const outcomes = joinAll([spawn(() => wait(later(1))), spawn(failing('second'))], { errors: 'collect' });
      expectTypeOf(outcomes).toEqualTypeOf<[PromiseSettledResult<number>, PromiseSettledResult<never>]>();
      expect(outcomes).toEqual([
        { status: 'fulfilled', value: 1 },
        { status: 'rejected', reason: new Error('second') },
      ]);
    });
  });

  it('cancels all at a timeout, an abort and a cancellation', async () => {
    const log: unknown[] = [];
    const join = (options: object) => () => joinAll([spawn(stuck, log, 'a'), spawn(() => 1)], options);
    await expect(run(join({ timeout: 5 }))).rejects.toMatchObject({
      code: 'GREEN_ERR_WAIT_TIMEOUT',
      message: expect.stringMatching(/^joinAll\(\) exceeded its limit of 5 ms/),
    });
    await expect(run(join({ timeout: 5, errors: 'collect' }))).rejects.toMatchObject({
      code: 'GREEN_ERR_WAIT_TIMEOUT',
    });
    const controller = new AbortController();
    const aborted = run(join({ signal: controller.signal }));
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED', cause: new Error('enough') });
    const task = spawn(join({ timeout: 60_000 }));
    task.cancel('disconnect');
    await expect(task.promise).rejects.toThrow(cancelled);
    expect(log).toEqual([
      ['a', 'deadline'],
      ['a', 'deadline'],
      ['a', 'explicit'],
      ['a', 'disconnect'],
    ]);
  });

  it('cancels all when its signal is aborted already', async () => {
    const log: unknown[] = [];
    const options = { signal: AbortSignal.abort('early') };
    const early = { code: 'GREEN_ERR_CANCELLED', cause: 'early' };
    await expect(run(() => joinAll([spawn(stuck, log, 'a')], options))).rejects.toMatchObject(early);
    await expect(run(() => race([() => stuck(log, 'b')], options))).rejects.toMatchObject(early);
    expect(log).toEqual([
      ['a', 'explicit'],
      ['b', 'explicit'],
    ]);
  });

  it('does not wait for what is no task of ours, though it is told to end', async () => {
    const told: unknown[] = [];
    const silent = Object.assign(never(), { cancel: (reason: unknown) => told.push(reason) });
    const stubborn = Object.assign(never(), {
      cancel() {
        throw new Error('not me');
      },
    });
    const stubbornLater = Object.assign(never(), { cancel: () => Promise.reject(new Error('not me')) });
    await run(() => {
      for (const other of [never(), stubborn, stubbornLater, silent]) {
        expect(() => joinAll([other, spawn(failing('second'))])).toThrow('second');
      }
    });
    expect(told).toEqual(['explicit']);
    await later(undefined); // an unhandled rejection would fail the run
  });

  it('reports a circle of tasks in dumps', async () => {
    const tasks: GreenTask<unknown>[] = [];
    tasks.push(
      spawn(() => {
        wait(later(undefined));
        joinAll([tasks[1] as GreenTask<unknown>]);
      }),
    );
    tasks.push(spawn(() => wait(tasks[0])));
    await later(undefined);
    await later(undefined);
    expect(dumpContexts().findings).toEqual([expect.stringMatching(/^Deadlock: context \d+ waits for context/)]);
    for (const task of tasks) task.cancel();
    await Promise.allSettled(tasks);
  });

  it('refuses bad arguments', async () => {
    await run(() => {
      expect(() => joinAll(1 as never)).toThrow(invalid);
      expect(() => joinAll([1 as never])).toThrow(invalid);
      expect(() => joinAll([], { timeout: 0 })).toThrow(invalid);
      expect(() => joinAll([], { errors: 'none' as 'throw' })).toThrow(invalid);
      expect(() => joinAll([], { tiemout: 1 } as object)).toThrow(invalid);
    });
    expect(() => joinAll([])).toThrow(outside);
  });
});

describe('race', () => {
  it('gives the first result, and cancels and waits for the others', async () => {
    const log: unknown[] = [];
    await run(() => {
      const task = spawn(stuck, log, 'task');
      const winner = race<number | string>([() => stuck(log, 'a'), () => wait(later(1)), task, never()]);
      expectTypeOf(winner).toEqualTypeOf<number | string>();
      expect(winner).toBe(1);
      expect(log).toEqual([
        ['a', 'explicit'],
        ['task', 'explicit'],
      ]);
      expect(race([spawn(() => 2), never()])).toBe(2);
      expect(race([Promise.resolve(3)])).toBe(3);
      const mixed: number | string = race([() => 'b', async () => 1, Promise.resolve(2)]);
      expect(mixed).toBe('b');
      expect(race([async () => later(4), never])).toBe(4);
    });
  });

  it('throws the error of the first to end, with the frames that wait', async () => {
    const log: unknown[] = [];
    await run(function handler() {
      let thrown: Error | undefined;
      try {
        race([failing('first'), () => stuck(log, 'b')]);
      } catch (error) {
        thrown = error as Error;
      }
      expect(thrown?.message).toBe('first');
      expect(thrown?.stack).toContain('handler');
      expect(log).toEqual([['b', 'explicit']]);
    });
  });

  it('tells the losers of the error that has won', async () => {
    let cause: unknown;
    const loser = (): void => {
      try {
        wait(never());
      } catch (cancellation) {
        cause = (cancellation as Error).cause;
      }
    };
    await run(() => expect(() => race([loser, failing('first')])).toThrow('first'));
    expect(cause).toEqual(new Error('first'));
  });

  it('starts none after one that ends at once', async () => {
    let started = false;
    const second = (): number => {
      started = true;
      return 2;
    };
    expect(await run(() => race([() => 1, second]))).toBe(1);
    expect(started).toBe(false);
  });

  it('gives the first in the list of those that have ended already', async () => {
    const first = (contenders: (() => PromiseLike<number> | (() => number))[]) =>
      run(() => race(contenders.map((each) => each())));
    const ended = () => spawn(() => 1);
    const kept = () => Promise.resolve(1);
    const two = () => () => 2;
    expect(await first([ended, two])).toBe(1);
    expect(await first([kept, two])).toBe(1);
    expect(await first([two, ended])).toBe(2);
    expect(await first([two, kept])).toBe(2);
    expect(await first([() => later(1), two])).toBe(2);
    expect(await first([() => (async () => 1)().then((one) => one), two])).toBe(2);
  });

  it('starts none after a task that has ended', async () => {
    let started = false;
    const second = (): void => {
      started = true;
    };
    await run(() => race([spawn(() => {}), second]));
    expect(started).toBe(false);
  });

  it('cancels the tasks it was given after one that ends at once, too', async () => {
    const log: unknown[] = [];
    await run(() => {
      const task = spawn(stuck, log, 'a');
      expect(race([() => 1, task])).toBe(1);
      expect(task.state).toBe('finished');
    });
    expect(log).toEqual([['a', 'explicit']]);
  });

  it('cancels all at a timeout and a cancellation', async () => {
    const log: unknown[] = [];
    const both = (options?: object) => () => race([() => stuck(log, 'a'), () => stuck(log, 'b')], options);
    await expect(run(both({ timeout: 5 }))).rejects.toMatchObject({ code: 'GREEN_ERR_WAIT_TIMEOUT' });
    expect(log.splice(0)).toEqual([
      ['a', 'deadline'],
      ['b', 'deadline'],
    ]);
    const task = spawn(both());
    task.cancel('disconnect');
    await expect(task.promise).rejects.toThrow(cancelled);
    expect(log).toEqual([
      ['a', 'disconnect'],
      ['b', 'disconnect'],
    ]);
  });

  describe('cancelled while it waits for the losers', () => {
    /** It cleans up until `end()`. */
    function slowLoser() {
      const log: string[] = [];
      let end = (): void => {};
      const cleanUp = new Promise<void>((resolve) => {
        end = resolve;
      });
      const loser = (): void => {
        try {
          wait(never());
        } finally {
          log.push('cleans up');
          wait(cleanUp);
          log.push('ended');
        }
      };
      return { log, end, loser };
    }
    function racing(run: (race: () => void) => void) {
      const { log, end, loser } = slowLoser();
      const task = spawn(() => run(() => void race([loser, () => wait(later(1))])));
      return { log, end, task, outcome: Promise.allSettled([task.promise]) };
    }
    const told = [{ reason: { code: 'GREEN_ERR_CANCELLED', reason: 'disconnect' } }];

    it('says so when they have ended', async () => {
      const { log, end, task, outcome } = racing((race) => race());
      while (log.length === 0) await later(undefined);
      task.cancel('disconnect');
      for (let turn = 0; turn < 3; turn++) await later(undefined);
      expect([task.state, ...log]).toEqual(['waiting', 'cleans up']);
      end();
      expect(await outcome).toMatchObject(told);
      expect(log).toEqual(['cleans up', 'ended']);
    });

    it('tells of the outermost of several cancellations', async () => {
      const { log, end, task, outcome } = racing((race) => withTimeout(5, race));
      while (log.length === 0) await later(undefined);
      await new Promise((resolve) => setTimeout(resolve, 20)); // the deadline passes
      task.cancel('disconnect');
      end();
      expect(await outcome).toMatchObject(told);
    });

    it('tells of the outermost, too, when clean-up inside has had its time', async () => {
      const pool = new GreenPool({ cleanupTimeout: 30 });
      const caller = new AbortController();
      const { end, loser } = slowLoser();
      const outcome = pool.submit(
        () => {
          setTimeout(() => caller.abort(), 10); // after the deadline, and before clean-up after that has had its time
          withTimeout(5, () => race([loser, () => wait(later(1))]));
        },
        { signal: caller.signal },
      );
      await expect(outcome).rejects.toThrow(cancelled);
      end();
    });
  });

  it("runs functions with the caller's AsyncLocalStorage stores", async () => {
    const store = new AsyncLocalStorage<string>();
    expect(await run(() => store.run('caller', () => race([() => wait(later(undefined)) ?? store.getStore()])))).toBe(
      'caller',
    );
  });

  it('refuses bad arguments, and no contenders', async () => {
    await run(() => {
      expect(() => race([])).toThrow(invalid);
      expect(() => race([1 as never])).toThrow(invalid);
      expect(() => race(1 as never)).toThrow(invalid);
      expect(() => race([() => 1], { timeout: -1 })).toThrow(invalid);
      expect(() => race([() => 1], { errors: 'collect' } as object)).toThrow(invalid);
    });
    expect(() => race([() => 1])).toThrow(outside);
  });
});
