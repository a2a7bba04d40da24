import { describe, expect, it } from 'vitest';
import { outputOf } from '../support/child.ts';

describe('modules', () => {
  it('are imported and required by contexts', async () => {
    expect(await outputOf('native/imports.mjs')).toBe('done\n');
  });
});
