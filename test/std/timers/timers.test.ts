// Time in sync style.

import timers from 'node:timers';
import { describe, expect, it } from 'vitest';

import { run, spawn, wait } from '../../../src/index.ts';
import greenTimers, * as green from '../../../src/std/timers/index.ts';
import { sleep, ticker } from '../../../src/std/timers/index.ts';

const withCode = (code: string) => expect.objectContaining({ code });

describe('greenroom/std/timers', () => {
  it('is node:timers, with what is green beside it', () => {
    for (const name of Object.keys(timers)) {
      expect(green, name).toHaveProperty(name);
      expect(greenTimers, name).toHaveProperty(name);
    }
    expect(green.setTimeout).toBe(timers.setTimeout);
    expect(green.promises).toBe(timers.promises);
    expect([green.replacedNames, greenTimers.sleep]).toEqual([[], sleep]);
  });
});

describe('sleep()', () => {
  it('takes its time, in which others run', async () => {
    let turns = 0;
    const count = setInterval(() => turns++, 1);
    const startedAtMs = performance.now();
    await Promise.all([run(() => sleep(40)), run(() => sleep(20)), run(() => sleep(0))]);
    clearInterval(count);
    expect(performance.now() - startedAtMs).toBeGreaterThan(38);
    expect(turns).toBeGreaterThan(0);
  });

  it('ends when it is cancelled or its signal aborted, and leaves no timer', async () => {
    const controller = new AbortController();
    const aborted = run(() => sleep(1e9, { signal: controller.signal }));
    const task = spawn(() => sleep(1e9));
    controller.abort('why');
    task.cancel();
    await expect(aborted).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED', cause: 'why' });
    await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    await expect(run(() => sleep(1, { signal: AbortSignal.abort() }))).rejects.toMatchObject({
      code: 'GREEN_ERR_CANCELLED',
    });
  });

  it('refuses bad times, and to block', async () => {
    await run(() => {
      for (const ms of [-1, Number.NaN, 2 ** 31, '5', undefined]) {
        expect(() => sleep(ms as number)).toThrow(withCode('GREEN_ERR_OPT_INVALID'));
      }
    });
    expect(() => sleep(1)).toThrow(withCode('GREEN_ERR_WAIT_OUTSIDE_CONTEXT'));
  });
});

describe('ticker()', () => {
  it('counts steps of one length, and leaves out those that the loop was too slow for', async () => {
    await run(() => {
      const startedAtMs = performance.now();
      const steps: number[] = [];
      for (const step of ticker(10)) {
        expect(performance.now() - startedAtMs).toBeGreaterThan(step * 10 - 2);
        steps.push(step);
        if (steps.length === 2) sleep(45);
        if (steps.length === 4) break;
      }
      expect(steps).toEqual(steps.toSorted((a, b) => a - b));
      expect(new Set(steps).size).toBe(4);
      expect((steps[2] as number) - (steps[1] as number)).toBeGreaterThan(3);
    });
  });

  it('ends with the signal, and refuses bad intervals at once', async () => {
    const controller = new AbortController();
    const ticking = run(() => {
      for (const _ of ticker(1e6, { signal: controller.signal }));
    });
    controller.abort();
    await expect(ticking).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    for (const ms of [0, -1, 2 ** 31]) expect(() => ticker(ms)).toThrow(withCode('GREEN_ERR_OPT_INVALID'));
    expect(() => wait(1)).toThrow(); // the test itself is in no context
  });
});
