import { describe, expect, it } from 'vitest';

import { outputOf } from '../support/child.ts';

describe('a context that is destroyed while native frames are on its stack', () => {
  it.each(['event loop', 'context'])('is unwound without running its code, from the stack of the %s', async (from) => {
    expect(await outputOf('native/discard.mjs', { flags: ['--expose-gc'], args: [from] })).toBe('done\n');
  });

  it('is so while garbage is collected all the time', async () => {
    const flags = ['--expose-gc', '--stress-scavenge=50', '--gc-interval=500'];
    expect(await outputOf('native/discard.mjs', { flags, args: ['event loop'] })).toBe('done\n');
  });
});
