import { describe, expect, it } from 'vitest';

import { inContext, run, wait } from '../../src/index.ts';
import { later } from '../support/turns.ts';

describe('wait', () => {
  it('returns the value of a promise that settles later', async () => {
    expect(await run(() => wait(later('value')))).toBe('value');
  });

  it('returns the value of a promise that is settled already', async () => {
    expect(await run(() => wait(Promise.resolve('value')))).toBe('value');
  });

  it('suspends through frames that know nothing of promises', async () => {
    const result = await run(() => {
      const mapped = [3, 1, 2].map((n) => wait(later(n)));
      const sorted = mapped.sort((a, b) => wait(later(a - b)));
      const replaced = 'a-b'.replace(/[ab]/g, (letter) => wait(later(letter.toUpperCase())));
      const getter = {
        get value(): string {
          return wait(later('got'));
        },
      };
      return [sorted, replaced, getter.value];
    });
    expect(result).toEqual([[1, 2, 3], 'A-B', 'got']);
  });

  it('suspends in toJSON(), but on Node 22, whose JSON.stringify() cannot be suspended', async () => {
    const stringify = (): string => JSON.stringify({ toJSON: () => wait(later('json')) });
    const outcome = await run(stringify).catch((error: { code: string }) => error.code);
    expect(outcome).toBe(process.versions.v8.startsWith('12.') ? 'GREEN_ERR_WAIT_FORBIDDEN' : '"json"');
  });

  it('lets the event loop go on, and other contexts run, meanwhile', async () => {
    const log: string[] = [];
    const slow = run(() => {
      log.push('slow starts');
      wait(later(undefined));
      log.push('slow ends');
    });
    const quick = run(() => log.push('quick runs'));
    await Promise.all([slow, quick]);
    expect(log).toEqual(['slow starts', 'quick runs', 'slow ends']);
  });

  it('takes any thenable', async () => {
    const thenable = { then: (resolve: (value: string) => void) => resolve('from a thenable') };
    expect(await run(() => wait(thenable))).toBe('from a thenable');
  });

  it('takes a function with a then method', async () => {
    const callable = Object.assign(() => 0, { then: (resolve: (value: number) => void) => resolve(1) });
    expect(await run(() => wait(callable as unknown as PromiseLike<number>))).toBe(1);
  });

  it('throws what a then method throws', async () => {
    const thenable = {
      then: () => {
        throw new RangeError('then failed');
      },
    };
    await expect(run(() => wait(thenable))).rejects.toThrow(new RangeError('then failed'));
  });

  it('keeps to the first outcome of a thenable that settles twice', async () => {
    const thenable = {
      then: (resolve: (value: string) => void, reject: (error: Error) => void) => {
        resolve('first');
        resolve('second');
        reject(new Error('third'));
      },
    };
    const result = await run(() => [wait(thenable), wait(later('next'))]);
    expect(result).toEqual(['first', 'next']);
  });

  it.each([[undefined], [null], [0], [''], [false], [{ then: 'not a function' }]])(
    'gives %o back as it is',
    async (value) => {
      expect(await run(() => [wait(value)])).toEqual([value]);
    },
  );

  it('is an error outside a context, with the remedy in the message', () => {
    expect(inContext()).toBe(false);
    expect(() => wait(1)).toThrow(
      expect.objectContaining({
        code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT',
        message: expect.stringContaining('pool.submit(), run(), spawn()'),
      }),
    );
  });

  it('is an error in an async function after its first await', async () => {
    const outcome = await run(async () => {
      await later(undefined);
      return wait(1);
    }).catch((error: unknown) => error);
    expect(outcome).toMatchObject({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' });
  });
});

describe('a rejection', () => {
  it('is thrown in place as the original object', async () => {
    const original = new TypeError('original');
    const caught = await run(() => {
      try {
        return wait(Promise.reject(original));
      } catch (error) {
        return { error };
      }
    });
    expect(caught).toEqual({ error: original });
    expect((caught as unknown as { error: unknown }).error).toBe(original);
  });

  it.each([[undefined], [null], ['text'], [0], [Object.freeze(new Error('frozen'))]])('may be %o', async (reason) => {
    const caught = await run(() => {
      try {
        wait(Promise.reject(reason));
        return 'not thrown';
      } catch (error) {
        return [error];
      }
    });
    expect(caught).toEqual([reason]);
  });

  it('shows every frame of the caller in the stack of an error made elsewhere', async () => {
    async function failElsewhere(): Promise<never> {
      await later(undefined);
      throw new Error('elsewhere');
    }
    const innermost = (): never => wait(failElsewhere());
    const outermost = (): never[] => [1].map(() => innermost());
    const error = await run(outermost).catch((reason: Error) => reason);
    const stack = (error as Error).stack ?? '';
    expect(stack).toContain('failElsewhere');
    expect(stack.indexOf('innermost')).toBeGreaterThan(stack.indexOf('waited for by'));
    expect(stack.indexOf('outermost')).toBeGreaterThan(stack.indexOf('innermost'));
  });

  it('gains those frames once, however often it is waited for', async () => {
    const shared = (async () => {
      await later(undefined);
      throw new Error('shared');
    })();
    const waitForIt = (): unknown => run(() => wait(shared)).catch((error: Error) => error);
    await Promise.all([waitForIt(), waitForIt()]);
    const error = (await waitForIt()) as Error;
    expect(error.stack?.match(/waited for by/g)).toHaveLength(1);
  });
});
