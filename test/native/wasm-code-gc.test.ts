import { describe, expect, it } from 'vitest';
import { outputOf } from '../support/child.ts';

describe('wasm code collection', () => {
  it('leaves contexts alone that are suspended, in wasm frames and elsewhere', async () => {
    expect(await outputOf('native/wasm-code-gc.mjs', { flags: ['--stress-wasm-code-gc'] })).toBe('done\n');
  });
});
