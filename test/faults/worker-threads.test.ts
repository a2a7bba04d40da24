import { describe, expect, it } from 'vitest';

import { outputOf } from '../support/child.ts';

describe('ten worker threads at once', () => {
  it('each have contexts of their own, and end with some of them suspended', async () => {
    expect(await outputOf('faults/ten-workers.mjs')).toBe('done\n');
  });
});
