import { describe, expect, it } from 'vitest';

import { jsonOf } from '../support/child.ts';

describe('tasks that had to be destroyed', () => {
  it('leave no timer behind, so that the process ends', async () => {
    expect(await jsonOf('faults/discarded.mjs')).toEqual({ armed: 0 });
  });
});
