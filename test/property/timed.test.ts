import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';

import { dumpContexts } from '../../src/index.ts';
import { PROPERTY_TIME_LIMIT_MS, parameters } from './runs.ts';
import { timedProgram } from './timed-program.ts';
import { runTimed } from './timed-run.ts';

// Mostly they wait for timers; and they share the contexts.
const AT_ONCE = 8;

describe('random programs with time limits', () => {
  // They fill their pools and ignore cancellations all the time.
  beforeAll(() => {
    vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
  });

  it(
    'keep the rules, and end when their pool is shut down with a deadline',
    async () => {
      const programs = fc.array(timedProgram, { minLength: AT_ONCE, maxLength: AT_ONCE });
      const property = fc.asyncProperty(programs, async (each) => {
        await Promise.all(each.map(runTimed));
        expect(dumpContexts().contexts.filter(({ state }) => state !== 'idle')).toEqual([]);
      });
      await fc.assert(property, parameters(0.2 / AT_ONCE));
    },
    PROPERTY_TIME_LIMIT_MS,
  );
});
