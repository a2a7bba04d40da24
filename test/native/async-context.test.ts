import { describe, expect, it } from 'vitest';
import { jsonOf, NODE_MAJOR, outputOf } from '../support/child.ts';

// Node 20 keeps stores on resources, 22 too unless told otherwise; 24 and 26 in V8's frame unless told otherwise.
const MODES: Record<number, string[]> = {
  20: [],
  22: ['--experimental-async-context-frame'],
  24: ['--no-async-context-frame'],
  26: ['--no-async-context-frame'],
};
const modes = [[], ...(MODES[NODE_MAJOR] ?? []).map((flag) => [flag])];

describe.each(modes.map((flags) => ({ flags })))('async context, flags $flags', ({ flags }) => {
  it('keeps each context its stores and ids, and lets nothing out', async () => {
    expect(await outputOf('native/async-stores.mjs', { flags })).toBe('done\n');
  });

  it('does so while garbage is collected', async () => {
    const stressed = [...flags, '--stress-scavenge=50'];
    expect(await outputOf('native/async-stores.mjs', { flags: stressed })).toBe('done\n');
  });

  it('gives a context the order of events that an async function has', async () => {
    const logs = (await jsonOf('native/async-order.mjs', { flags })) as Record<'async' | 'green', object>;
    expect(Object.keys(logs.async).length).toBeGreaterThan(10);
    expect(logs.green).toEqual(logs.async);
  });
});
