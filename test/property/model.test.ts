import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';

import { dumpContexts, run, wait } from '../../src/index.ts';
import { eventsWithGreenroom } from './green-run.ts';
import { eventsInModel } from './model-run.ts';
import { program } from './program.ts';
import { PROPERTY_TIME_LIMIT_MS, parameters } from './runs.ts';

const CONTEXTS_PROBED = 8;

/**
 * Each of the contexts last used waits once more and must get its own value: a late outcome would show. It also puts
 * their budgets of waits without a switch back, on which the order of events depends.
 */
async function probeContexts(): Promise<void> {
  const numbers = Array.from({ length: CONTEXTS_PROBED }, (_, number) => number);
  const later = (number: number): Promise<number> => new Promise((resolve) => setImmediate(resolve, number));
  expect(await Promise.all(numbers.map((number) => run(() => wait(later(number)))))).toEqual(numbers);
}

describe('random programs', () => {
  // Programs fill their pools all the time.
  beforeAll(() => {
    vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
  });

  it(
    'do exactly what the model says, in the same order, and leave every context idle',
    async () => {
      const property = fc.asyncProperty(program, async (each) => {
        const events = await eventsWithGreenroom(each);
        expect(events).toEqual(eventsInModel(each));
        expect(dumpContexts().contexts.filter(({ state }) => state !== 'idle')).toEqual([]);
        await probeContexts();
      });
      await fc.assert(property, parameters(0.8));
    },
    PROPERTY_TIME_LIMIT_MS,
  );
});
