import { describe, expect, it } from 'vitest';
import { outputOf } from '../support/child.ts';

describe('domains', () => {
  it('stay with the contexts that entered them', async () => {
    expect(await outputOf('native/domains.mjs')).toBe('done\n');
  });
});
