import { describe, expect, it } from 'vitest';
import { outputOf } from '../support/child.ts';

describe('signals', () => {
  it('reach their handlers while contexts switch, and leave the contexts whole', async () => {
    expect(await outputOf('native/signals.mjs')).toBe('done\n');
  });
});
