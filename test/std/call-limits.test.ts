// The limits of a call that waits several times.

import { describe, expect, it } from 'vitest';

import { run } from '../../src/index.ts';
import { CallLimits } from '../../src/std/call-limits.ts';

describe('CallLimits', () => {
  it('end a call that is late, although what it waits for keeps coming bit by bit', async () => {
    await run(() => {
      const limits = new CallLimits('call()', { timeout: 5 });
      let stopped = 0;
      const another = (): void => {
        const waiter = limits.newWaiter();
        setImmediate(() => waiter.fulfil(undefined)); // before a timer that is set now
        limits.wait(waiter, () => stopped++);
      };
      another();
      const lateAtMs = performance.now() + 10;
      while (performance.now() < lateAtMs);
      expect(another).toThrow(
        expect.objectContaining({
          code: 'GREEN_ERR_WAIT_TIMEOUT',
          message: expect.stringContaining('call()'),
          stack: expect.stringContaining('call-limits.test.ts'),
        }),
      );
      expect(stopped).toBe(2);
    });
  });
});
