import { describe, expect, it } from 'vitest';

import { type SwitchKind, switchKind } from '../../src/index.ts';
import { jsonOf } from '../support/child.ts';

// How many are suspended at once, and a bound on the bytes resident for each. With kind `id` it is 12.4 KB
// (Node 20, 22) to 13.9 (24, 26), with `tls` 22 to 25, with `thread` 16 to 19.
const EXPECTED: Record<SwitchKind, { count: number; maxBytesEach: number }> = {
  id: { count: 20_000, maxBytesEach: 14 * 1024 },
  tls: { count: 5000, maxBytesEach: 28 * 1024 },
  thread: { count: 500, maxBytesEach: 28 * 1024 },
};

interface Outcome {
  suspended: number;
  bytesEach: number;
  answers: number;
  wrong: number;
  active: number;
}

describe('many contexts', () => {
  const { count, maxBytesEach } = EXPECTED[switchKind()];

  it(`are suspended at once, ${count} of them, and each is answered`, async () => {
    const outcome = (await jsonOf('native/many-contexts.mjs', {
      flags: ['--expose-gc'],
      args: [`${count}`],
    })) as Outcome;
    expect(outcome).toMatchObject({ suspended: count, answers: count, wrong: 0, active: 0 });
    console.log(`${outcome.bytesEach} bytes resident each, kind ${switchKind()}`);
    expect(outcome.bytesEach).toBeLessThan(maxBytesEach);
  });
});
