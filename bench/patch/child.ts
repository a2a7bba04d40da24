// child.js <case> <mode> <contexts>: measures one case in this process of its own, and sends what it found to the parent.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { run, switchKind } from 'greenroom';
import { patchBlocking } from 'greenroom/patch';

import type { Mode } from './cases.ts';

export interface Measurement {
  readonly wallMs: number;
  /** The longest time the event loop stood still. */
  readonly gapMs: number;
  readonly switchKind: string;
}

// The monitor drops its first sample after enable() and reset(), and has the last one only after the next tick.
const SETTLE_MS = 100;

async function measure(name: string, mode: Mode, contexts: number): Promise<Measurement> {
  if (mode === 'patched') patchBlocking({ atomics: true }); // before anybody can take copies
  const { USES } = await import('./uses.ts');
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-bench-'));
  try {
    const use = await (USES[name] as NonNullable<(typeof USES)[string]>)(mode, folder);
    await Promise.all(Array.from({ length: contexts }, () => run(() => {}))); // the stacks, which stay
    const { results, wallMs, gapMs } = await timed(() =>
      Promise.all(Array.from({ length: contexts }, (_, at) => run(use.call, at))),
    );
    await use.close?.();
    for (const result of results) assert.deepEqual(result, use.expected, `${name}, ${mode}`);
    return { wallMs, gapMs, switchKind: switchKind() };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ results: T; wallMs: number; gapMs: number }> {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  await sleep(SETTLE_MS);
  delays.reset();
  await sleep(SETTLE_MS);
  const startedAt = performance.now();
  const results = await work();
  const wallMs = performance.now() - startedAt;
  await sleep(SETTLE_MS);
  delays.disable();
  return { results, wallMs, gapMs: delays.max / 1e6 };
}

const [, , name, mode, contexts] = process.argv as string[];
process.once('disconnect', () => process.exit()); // synckit's thread would stay
const measurement = await measure(name as string, mode as Mode, Number(contexts));
process.send?.(measurement);
