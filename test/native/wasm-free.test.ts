import { describe, expect, it } from 'vitest';
import { outputOf } from '../support/child.ts';

describe('freeing wasm modules', () => {
  it('works on the event loop and in a context once contexts have run', async () => {
    expect(await outputOf('native/wasm-free.mjs', { flags: ['--expose-gc'] })).toBe('done\n');
  });
});
