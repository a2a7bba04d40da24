import { describe, expect, it } from 'vitest';
import { outputOf } from '../support/child.ts';

describe('contexts started from inside contexts', () => {
  it('are resumed and end in every order, several levels deep, across vm realms', async () => {
    expect(await outputOf('native/nesting.mjs')).toBe('done\n');
  });
});
