import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { dumpContexts, GreenPool, type GreenTask, run, spawn, wait, withTimeout } from '../../src/index.ts';
import { later, never } from '../support/turns.ts';

const HOOKS: readonly [name: string, hook: () => unknown][] = [
  [
    'throws',
    () => {
      throw new Error('in prepareStackTrace');
    },
  ],
  ['returns no string', () => ({ frames: [] })],
  ['waits', () => wait(later('waited'))],
];

describe.each(HOOKS)('an Error.prepareStackTrace that %s', (_name, hook) => {
  const { stackTraceLimit, prepareStackTrace } = Error;

  beforeEach(() => {
    Error.prepareStackTrace = hook;
  });

  afterEach(() => {
    Error.prepareStackTrace = prepareStackTrace as NonNullable<typeof prepareStackTrace>;
  });

  it('leaves rejections, time limits and cancellations what they are', async () => {
    const reason = new Error('rejected');
    const codeOf = (fn: () => unknown): unknown => {
      try {
        return fn();
      } catch (error) {
        return error === reason ? 'reason' : (error as { code: string }).code;
      }
    };
    const task: GreenTask<unknown[]> = spawn(() => [
      codeOf(() => wait(Promise.reject(reason))),
      codeOf(() => wait(later(undefined).then(() => Promise.reject(reason)))),
      codeOf(() => wait(never(), { timeout: 1 })),
      codeOf(() => withTimeout(1, () => wait(never()))),
      task.cancel(),
      codeOf(() => wait(never())),
    ]);
    const codes = await task;
    expect(codes).toEqual([
      'reason',
      'reason',
      'GREEN_ERR_WAIT_TIMEOUT',
      'GREEN_ERR_WAIT_TIMEOUT',
      true,
      'GREEN_ERR_CANCELLED',
    ]);
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });

  it('costs a dump its frames, and harms no context', async () => {
    const pool = new GreenPool();
    const tasks = [run(() => wait(later('one'))), pool.submit(() => wait(later('two')))];
    const waiting = dumpContexts().contexts.filter(({ state }) => state === 'waiting');
    expect(waiting).toHaveLength(2);
    expect(pool.dump().contexts).toHaveLength(1);
    expect(await Promise.all(tasks)).toEqual(['one', 'two']);
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });
});
