import { describe, expect, it } from 'vitest';

import { runFixture } from '../../support/child.ts';

describe('a process that offloads', () => {
  it('waits for its calls, and ends by itself', async () => {
    const { code, stdout, stderr, report } = await runFixture('offload/exits.mjs');
    expect(stdout, report).toBe("[ 3, 'hello x', 3 ]\n");
    expect([code, stderr], report).toEqual([0, '']); // no warnings either
  });

  it('can exit while a thread is busy', async () => {
    const { code, report } = await runFixture('offload/exits.mjs', { args: ['busy'] });
    expect(code, report).toBe(0);
  });

  it('says what is missing where piscina is not installed', async () => {
    const { stdout, report } = await runFixture('offload/no-piscina.mjs');
    expect(stdout, report).toBe('GREEN_ERR_OFFLOAD_UNAVAILABLE MODULE_NOT_FOUND\n');
  });
});
