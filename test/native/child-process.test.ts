import { describe, expect, it } from 'vitest';
import { outputOf } from '../support/child.ts';

describe('child processes', () => {
  it('of every sort are started and waited for in contexts', async () => {
    expect(await outputOf('native/subprocess.mjs')).toBe('done\n');
  });
});
