import { describe, expect, it } from 'vitest';

import { switchKind } from '../../src/index.ts';
import { jsonOf } from '../support/child.ts';

interface Step {
  idle: number;
  megabytes: number;
}

interface Outcome {
  steps: Record<string, Step>;
  activeTimers: number;
  storeIsKept: boolean;
}

const CONTEXTS = 100;
const FLOOR = 16; // MIN_IDLE_CONTEXTS

describe('idle contexts', async () => {
  const args = [`${CONTEXTS}`];
  const { steps, ...timer } = (await jsonOf('native/idle-contexts.mjs', { flags: ['--expose-gc'], args })) as Outcome;
  const megabytesBetween = (one: string, other: string): number =>
    (steps[other] as Step).megabytes - (steps[one] as Step).megabytes;

  it('stay through a sweep when they have been needed since the one before', () => {
    expect(steps['after deep calls']?.idle).toBe(CONTEXTS);
    expect(steps['after a sweep']?.idle).toBe(CONTEXTS);
    expect(steps['after use and a sweep']?.idle).toBe(CONTEXTS);
  });

  it('are released down to a floor when they have not', () => {
    expect(steps['after a sweep without use']?.idle).toBe(FLOOR);
  });

  it('are made anew when they are needed again', () => {
    expect(steps['after use again']?.idle).toBe(CONTEXTS);
  });

  // Each call touched some 350 KB, of which a sweep leaves 64. Kind `thread` does not know its stacks' bounds.
  it.skipIf(switchKind() === 'thread')('give back the stack pages that a deep call has touched', () => {
    expect(megabytesBetween('after shallow calls', 'after deep calls')).toBeGreaterThan(20);
    expect(megabytesBetween('after a sweep', 'after deep calls')).toBeGreaterThan(15);
  });

  it('give back their memory when released', () => {
    expect(megabytesBetween('after a sweep without use', 'after deep calls')).toBeGreaterThan(15);
  });

  it('keep no process alive, and no AsyncLocalStorage store, by waiting for the next sweep', () => {
    expect(timer).toEqual({ activeTimers: 0, storeIsKept: false });
  });
});
