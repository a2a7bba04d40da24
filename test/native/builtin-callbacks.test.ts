import { describe, expect, it } from 'vitest';
import { outputOf } from '../support/child.ts';

describe('waiting inside the callbacks of builtins', () => {
  it('gives the same results as without waiting, in several contexts at once', async () => {
    expect(await outputOf('native/builtin-callbacks.mjs')).toBe('done\n');
  });
});
