// greenroom/std/timers: all of node:timers as it is, and time in sync style.

import timers from 'node:timers';

import { namespaceOf } from '../namespace-of.ts';
import { sleep } from './sleep.ts';
import { ticker } from './ticker.ts';

export * from 'node:timers';
export { sleep, ticker };

/** Nothing in node:timers waits, so nothing is replaced. */
export const replacedNames: readonly string[] = Object.freeze([]);

interface Added {
  readonly sleep: typeof sleep;
  readonly ticker: typeof ticker;
}

const greenTimers: Omit<typeof timers, keyof Added> & Added = namespaceOf(timers, { sleep, ticker });
export default greenTimers;
