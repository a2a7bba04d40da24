import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, it } from 'vitest';

import { inContext, run, runOnMain, wait } from '../../src/index.ts';
import { later } from '../support/turns.ts';

describe('runOnMain', () => {
  it('calls the function outside every context and returns what it returns', async () => {
    expect(await run(() => [inContext(), runOnMain(inContext), inContext()])).toEqual([true, false, true]);
  });

  it('throws what the function throws', async () => {
    const error = new Error('on main');
    const thrown = await run(() => {
      try {
        runOnMain(() => {
          throw error;
        });
      } catch (caught) {
        return caught;
      }
      return undefined;
    });
    expect(thrown).toBe(error);
  });

  it('just calls the function outside a context', () => {
    expect(runOnMain(() => 'called')).toBe('called');
  });

  it('reaches the event loop from a context that a context has started', async () => {
    expect(await run(() => wait(run(() => runOnMain(inContext))))).toBe(false);
  });

  it('lets nothing else run in between', async () => {
    const log: string[] = [];
    await run(() => {
      void Promise.resolve().then(() => log.push('microtask'));
      runOnMain(() => log.push('main'));
      log.push('back');
      wait(later(undefined));
    });
    expect(log).toEqual(['main', 'back', 'microtask']);
  });

  it('returns the promise of an async function, to be waited for', async () => {
    expect(await run(() => wait(runOnMain(() => later('value'))))).toBe('value');
  });

  it('takes AsyncLocalStorage stores along', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen = await storage.run('outer', () =>
      run(() => {
        wait(later(undefined));
        return [runOnMain(() => storage.getStore()), storage.run('inner', () => runOnMain(() => storage.getStore()))];
      }),
    );
    expect(seen).toEqual(['outer', 'inner']);
  });

  it('lets the function start contexts, and refuses to wait in it', async () => {
    const outcome = await run(() =>
      runOnMain(() => {
        expect(() => wait(later(undefined))).toThrow('outside a green context');
        return run(() => wait(later('started there')));
      }),
    );
    expect(outcome).toBe('started there');
  });

  it('refuses where the context must not be left', async () => {
    const inner = { [Symbol.toPrimitive]: () => runOnMain(() => 'x') };
    const outcome = run(() => [inner].join()).catch((error: { code: string }) => error.code);
    expect(await outcome).toBe('GREEN_ERR_WAIT_FORBIDDEN');
  });

  it('refuses what is no function', () => {
    expect(() => runOnMain(1 as unknown as () => void)).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }),
    );
  });
});
