import { describe, expect, it } from 'vitest';
import { NODE_MAJOR, outputOf } from '../support/child.ts';

// Node 26 has JSPI, 24 has it behind a flag. 22 knows the flag, but its JSPI is an earlier design with other functions.
const jspiFlags = NODE_MAJOR >= 26 ? [] : ['--experimental-wasm-jspi'];

describe.runIf(NODE_MAJOR >= 24)('JavaScript promise integration of wasm', () => {
  it.each([
    ['is used before the first context', 'first'],
    ['is used after it', 'later'],
  ])('suspends beside contexts when it %s', async (_, order) => {
    const flags = [...jspiFlags, '--stress-scavenge=50'];
    expect(await outputOf('native/jspi.mjs', { flags, args: [order] })).toBe('done\n');
  });
});
