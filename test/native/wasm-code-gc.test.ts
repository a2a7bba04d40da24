import { describe, expect, it } from 'vitest';
import { outputOf } from '../support/child.ts';

describe('wasm code collection', () => {
  it('leaves contexts alone that are suspended, in wasm frames and elsewhere', async () => {
    expect(await outputOf('native/wasm-code-gc.mjs', { flags: ['--stress-wasm-code-gc'] })).toBe('done\n');
  });

  it('that was begun before the first context does not meet it', async () => {
    const options = { flags: ['--stress-wasm-code-gc'] };
    for (const requests of ['20', '60', '100', '200', '300', '400', '600']) {
      expect(await outputOf('native/wasm-code-gc-pending.mjs', { ...options, args: [requests] })).toBe('waited\n');
    }
  });
});
