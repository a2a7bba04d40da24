import { describe, expect, it } from 'vitest';

import { jsonOf } from '../support/child.ts';

const WORKERS = 200;

interface Outcome {
  ended: number;
  grown: { megabytes: number; maps: number; threads: number };
}

describe('ending an environment', () => {
  // Without clean-up it would be 40 stacks a worker: some 100 MB, 14,000 maps and, with kinds `tls` and `thread`, 7,000
  // threads. Node itself grows by some megabytes over so many workers without any context.
  it('frees what contexts hold: suspended, idle, below native frames, waiting for a descriptor', {
    timeout: 120_000,
  }, async () => {
    const { ended, grown } = (await jsonOf('native/ended-workers.mjs', {
      flags: ['--expose-gc'],
      args: [`${WORKERS}`],
      timeLimitMs: 110_000,
    })) as Outcome;
    expect(ended).toBe(WORKERS);
    expect(grown.threads).toBeLessThan(10);
    expect(grown.maps).toBeLessThan(200);
    expect(grown.megabytes).toBeLessThan(50);
  });
});
