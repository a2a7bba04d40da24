import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { run, spawn } from '../../src/index.ts';
import { type Patch, patchBlocking } from '../../src/patch/index.ts';
import { outputOf } from '../support/child.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const newSlot = (): Int32Array => new Int32Array(new SharedArrayBuffer(8));

describe('Atomics.wait() of a patched process', () => {
  let patch: Patch;
  beforeEach(() => {
    const others = { fs: false, child_process: false, crypto: false, zlib: false } as const;
    patch = patchBlocking({ ...others, atomics: true, warnLate: false });
  });
  afterEach(() => patch.undo());

  it('suspends the context until it is woken', async () => {
    const slot = newSlot();
    const waiting = [0, 1].map(() => run(() => Atomics.wait(slot, 0, 0)));
    await turn();
    expect(Atomics.notify(slot, 0, 1)).toBe(1);
    expect(await waiting[0]).toBe('ok');
    Atomics.notify(slot, 0);
    expect(await waiting[1]).toBe('ok');
  });

  it('gives what it always does', async () => {
    const slot = newSlot();
    expect(await run(() => Atomics.wait(slot, 0, 1))).toBe('not-equal');
    expect(await run(() => Atomics.wait(slot, 0, 0, 1))).toBe('timed-out');
    const big = new BigInt64Array(new SharedArrayBuffer(8));
    expect(await run(() => Atomics.wait(big, 0, 0n, 0))).toBe('timed-out');
    expect(Atomics.wait(slot, 0, 1)).toBe('not-equal');
    await expect(run(() => Atomics.wait(new Int32Array(1), 0, 0, 0))).rejects.toThrow(TypeError);
    await expect(run(() => Atomics.wait(slot, 5, 0, 0))).rejects.toThrow(RangeError);
    await expect(run(() => Atomics.wait(7 as never, 0, 0, 0))).rejects.toThrow(TypeError);
  });

  it('lets who is woken after a cancellation wake the next one', async () => {
    const slot = newSlot();
    const cancelled = spawn(() => Atomics.wait(slot, 0, 0));
    const next = spawn(() => Atomics.wait(slot, 0, 0));
    await turn();
    cancelled.cancel();
    await expect(cancelled).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    Atomics.notify(slot, 0, 1);
    expect(await next).toBe('ok');
  });

  it('keeps the process alive', async () => {
    expect(await outputOf('patch/atomics-alive.mjs')).toBe('timed-out\n');
  });
});
