import { createHook } from 'node:async_hooks';

import { describe, expect, it, vi } from 'vitest';

import { GreenPool, isCancelled, run, shield, spawn, wait, withTimeout, yieldNow } from '../../src/index.ts';
import { later, never } from '../support/turns.ts';
import { warningOf } from '../support/warnings.ts';

/** How many timers of exactly `delayMs` were made while `fn` ran, and how many of those are still armed. Others come and go. */
async function timersOf(delayMs: number, fn: () => Promise<unknown>): Promise<{ made: number; armed: number }> {
  const timers: { _idleTimeout: number; _destroyed: boolean }[] = [];
  const hook = createHook({
    init: (_id, type, _trigger, resource) => {
      if (type === 'Timeout') timers.push(resource as (typeof timers)[number]);
    },
  }).enable();
  const ofDelay: typeof timers = [];
  try {
    const running = fn();
    ofDelay.push(...timers.filter((timer) => timer._idleTimeout === delayMs));
    await running;
  } finally {
    hook.disable();
  }
  return { made: ofDelay.length, armed: ofDelay.filter((timer) => !timer._destroyed).length };
}

function gate<T = void>(): { promise: Promise<T>; open: (value: T) => void; fail: (error: unknown) => void } {
  let open!: (value: T) => void;
  let fail!: (error: unknown) => void;
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}

describe('task.cancel()', () => {
  it('throws a CancelledError with its reason and cause at the wait, whose stack shows the caller', async () => {
    const task = spawn(function innermost() {
      wait(never());
    });
    const cause = new Error('why');
    expect(task.cancel('disconnect', cause)).toBe(true);
    const error = await task.promise.catch((reason: Error) => reason);
    expect(error).toMatchObject({ code: 'GREEN_ERR_CANCELLED', reason: 'disconnect', cause });
    expect((error as Error).stack).toContain('innermost');
    expect(isCancelled(error)).toBe(true);
  });

  it('throws once: clean-up may wait', async () => {
    const log: string[] = [];
    const task = spawn(() => {
      try {
        wait(never());
      } finally {
        log.push(wait(later('rolled back')));
        log.push(wait(later('released')));
      }
    });
    task.cancel();
    await expect(task).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED', reason: 'explicit' });
    expect(log).toEqual(['rolled back', 'released']);
  });

  it('throws at every further wait after the clean-up time', async () => {
    const pool = new GreenPool({ cleanupTimeout: 20 });
    const controller = new AbortController();
    const log: unknown[] = [];
    const swallowing = pool.submit(
      () => {
        for (let i = 0; i < 3; i++) {
          try {
            wait(never());
          } catch (error) {
            log.push((error as { code: string }).code);
          }
        }
        return 'ended by itself';
      },
      { signal: controller.signal },
    );
    controller.abort();
    expect(await swallowing).toBe('ended by itself');
    expect(log).toEqual(['GREEN_ERR_CANCELLED', 'GREEN_ERR_CANCELLED', 'GREEN_ERR_CANCELLED']);
  });

  it('destroys a context that swallows it for ever, without blocking the loop', async () => {
    const pool = new GreenPool({ maxWorkers: 1, cleanupTimeout: 10 });
    const controller = new AbortController();
    let finallyRan = false;
    const stubborn = pool.submit(
      () => {
        try {
          while (!finallyRan) {
            try {
              wait(never());
            } catch {
              // swallowed
            }
          }
        } finally {
          finallyRan = true;
        }
      },
      { signal: controller.signal },
    );
    controller.abort();
    await expect(stubborn).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(finallyRan).toBe(false);
    expect(pool.stats).toMatchObject({ active: 0, discarded: 1, cancelled: 1, failed: 1 });
    expect(await pool.submit(() => wait(later('goes on')))).toBe('goes on');
  });

  it('reaches a running task at its next wait', async () => {
    const task = spawn(() => {
      wait(later(undefined));
      task.cancel();
      wait(later(undefined));
    });
    await expect(task).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
  });

  it('drops a value or error that arrives late', async () => {
    const [value, failure] = [gate<string>(), gate()];
    const tasks = [spawn(() => wait(value.promise)), spawn(() => wait(failure.promise))];
    for (const task of tasks) task.cancel();
    const outcomes = await Promise.allSettled(tasks);
    value.open('late');
    failure.fail(new Error('late'));
    await later(undefined);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    // The contexts are reused: a late outcome must not reach their next wait.
    expect(await Promise.all([run(() => wait(later(1))), run(() => wait(later(2)))])).toEqual([1, 2]);
  });

  it('loses to an outcome that came first', async () => {
    const task = spawn(() => wait(Promise.resolve('first')));
    await Promise.resolve();
    expect(task.cancel()).toBe(false);
    expect(await task).toBe('first');
  });

  it('does nothing to a finished task', async () => {
    const task = spawn(() => 'done');
    expect(task.cancel()).toBe(false);
    expect(await task).toBe('done');
  });

  it('refuses an unknown reason', () => {
    const task = spawn(() => 1);
    expect(() => task.cancel('bored' as 'explicit')).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }),
    );
  });
});

describe('wait() with limits', () => {
  it('gives up after timeout milliseconds', async () => {
    await expect(run(() => wait(never(), { timeout: 5 }))).rejects.toMatchObject({
      code: 'GREEN_ERR_WAIT_TIMEOUT',
      statusCode: 504,
      message: expect.stringMatching(/limit of 5 ms; \d+ ms passed/),
    });
  });

  it('gives up when the signal is aborted, before or meanwhile', async () => {
    const controller = new AbortController();
    const waiting = run(() => wait(never(), { signal: controller.signal }));
    controller.abort('changed my mind');
    await expect(waiting).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED', cause: 'changed my mind' });
    await expect(run(() => wait(never(), { signal: AbortSignal.abort() }))).rejects.toMatchObject({
      code: 'GREEN_ERR_CANCELLED',
    });
  });

  it('returns the value when it comes in time, and leaves no listener or timer', async () => {
    const { signal } = new AbortController();
    const remove = vi.spyOn(signal, 'removeEventListener');
    const waiting = (): Promise<string> => run(() => wait(later('in time'), { signal, timeout: 12_345 }));
    expect(await timersOf(12_345, async () => expect(await waiting()).toBe('in time'))).toEqual({ made: 1, armed: 0 });
    expect(remove).toHaveBeenCalledOnce();
  });

  it.each([[{ timeout: 0 }], [{ timeout: Number.NaN }], [{ timeout: 2 ** 31 }], [{ signal: {} }]])(
    'refuses %o',
    async (options) => {
      await expect(run(() => wait(never(), options as { timeout: number }))).rejects.toMatchObject({
        code: 'GREEN_ERR_OPT_INVALID',
      });
    },
  );
});

describe('submit() with limits', () => {
  it('cancels a running task after timeout milliseconds', async () => {
    const pool = new GreenPool();
    await expect(pool.submit(() => wait(never()), { timeout: 5 })).rejects.toMatchObject({
      code: 'GREEN_ERR_CANCELLED',
      reason: 'deadline',
    });
  });

  it('never starts queued work that is cancelled, and frees its place in the queue', async () => {
    const pool = new GreenPool({ maxWorkers: 1, maxQueue: 1 });
    const { promise, open } = gate();
    const running = pool.submit(() => wait(promise));
    const controller = new AbortController();
    let started = false;
    const queued = pool.submit(
      () => {
        started = true;
      },
      { signal: controller.signal },
    );
    controller.abort();
    await expect(queued).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(pool.stats).toMatchObject({ queued: 0, cancelled: 1 });
    const next = pool.submit(() => 'next');
    open();
    await running;
    expect(await next).toBe('next');
    expect(started).toBe(false);
  });

  it('applies to work that runs inline, too', async () => {
    const pool = new GreenPool({ maxWorkers: 1 });
    const outcome = await pool.submit(() => {
      try {
        return wait(pool.submit(() => wait(never()), { timeout: 5 }));
      } catch (error) {
        return [(error as { reason: string }).reason, wait(later('the outer work goes on'))];
      }
    });
    expect(outcome).toEqual(['deadline', 'the outer work goes on']);
  });

  it('does not start at all with a signal that is aborted already', async () => {
    let started = false;
    const submitted = new GreenPool().submit(
      () => {
        started = true;
      },
      { signal: AbortSignal.abort() },
    );
    await expect(submitted).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(started).toBe(false);
  });
});

describe('withTimeout()', () => {
  it('throws GREEN_ERR_WAIT_TIMEOUT after the limit, and the function sees a cancellation', async () => {
    let inside: unknown;
    const outcome = await run(() => {
      try {
        withTimeout(5, () => {
          try {
            wait(never());
          } catch (error) {
            inside = (error as { reason: string }).reason;
            throw error;
          }
        });
        return 'not thrown';
      } catch (error) {
        return [(error as { code: string }).code, wait(later('goes on'))];
      }
    });
    expect(outcome).toEqual(['GREEN_ERR_WAIT_TIMEOUT', 'goes on']);
    expect(inside).toBe('deadline');
  });

  it('returns what the function returns in time', async () => {
    expect(await run(() => withTimeout(10_000, () => wait(later('in time'))))).toBe('in time');
  });

  it('obeys the tighter of two nested limits', async () => {
    const outcome = await run(() => {
      const log: string[] = [];
      try {
        withTimeout(10_000, () => {
          try {
            withTimeout(5, () => wait(never()));
          } catch (error) {
            log.push(`inner ${(error as { code: string }).code}`);
          }
          log.push(wait(later('the outer part goes on')));
        });
      } catch {
        log.push('outer');
      }
      return log;
    });
    expect(outcome).toEqual(['inner GREEN_ERR_WAIT_TIMEOUT', 'the outer part goes on']);
  });

  it('lets a cancellation of the task through as such', async () => {
    const task = spawn(() => withTimeout(10_000, () => wait(never())));
    task.cancel();
    await expect(task).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED', reason: 'explicit' });
  });

  it('refuses bad limits and calls outside a context', async () => {
    expect(() => withTimeout(5, () => 1)).toThrow(expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' }));
    await expect(run(() => withTimeout(-1, () => 1))).rejects.toMatchObject({ code: 'GREEN_ERR_OPT_INVALID' });
  });
});

describe('shield()', () => {
  it('holds a cancellation off until its section has ended', async () => {
    const { promise, open } = gate<string>();
    const log: unknown[] = [];
    const task = spawn(() => {
      log.push(shield({}, () => wait(promise)));
      log.push('after the section');
      wait(later(undefined));
      log.push('not reached');
    });
    task.cancel();
    await later(undefined);
    expect(task.state).toBe('waiting');
    open('committed');
    await expect(task).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(log).toEqual(['committed', 'after the section']);
  });

  it('gives way when its own time is over', async () => {
    const task = spawn(() => shield({ timeout: 5 }, () => wait(never())));
    task.cancel();
    await expect(task).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
  });
});

describe('shutdown({ drain })', () => {
  it('cancels what is left after the drain time, queued and running', async () => {
    const pool = new GreenPool({ maxWorkers: 1 });
    const log: string[] = [];
    const tasks = [
      pool.submit(() => {
        try {
          wait(never());
        } finally {
          log.push(wait(later('cleaned up')));
        }
      }),
      pool.submit(() => log.push('must not start')),
    ];
    const outcomes = Promise.allSettled(tasks);
    await pool.shutdown({ drain: 5 });
    expect(await outcomes).toMatchObject([{ reason: { reason: 'shutdown' } }, { reason: { reason: 'shutdown' } }]);
    expect(log).toEqual(['cleaned up']);
  });

  it('cancels nothing that ends in time', async () => {
    const pool = new GreenPool();
    const task = pool.submit(() => wait(later('in time')));
    const timers = await timersOf(12_345, () => pool.shutdown({ drain: 12_345 }));
    expect(await task).toBe('in time');
    expect(timers).toEqual({ made: 1, armed: 0 });
  });

  it('destroys what ignores the cancellation, with a warning', async () => {
    const pool = new GreenPool({ cleanupTimeout: 5 });
    const warnings = [warningOf('GREEN_WARN_SHUTDOWN_OVERDUE'), warningOf('GREEN_WARN_DISCARDED')];
    const shielded = pool.submit(() => shield({ timeout: 60_000 }, () => wait(never())));
    const outcome = Promise.allSettled([shielded]);
    await pool.shutdown({ drain: 0 });
    expect(await outcome).toMatchObject([{ reason: { code: 'GREEN_ERR_CANCELLED', reason: 'shutdown' } }]);
    expect(pool.stats).toMatchObject({ active: 0, discarded: 1 });
    const [overdue, discarded] = await Promise.all(warnings);
    expect(overdue).toMatchObject({ message: expect.stringContaining('1 task did not end within the time to drain') });
    expect(discarded).toMatchObject({ detail: expect.stringContaining('pool default') });
  });
});

describe('yieldNow()', () => {
  it('gives the loop a full turn', async () => {
    const log: string[] = [];
    await run(() => {
      setImmediate(() => log.push('immediate'));
      queueMicrotask(() => log.push('microtask'));
      yieldNow();
      log.push('context');
    });
    expect(log).toEqual(['microtask', 'immediate', 'context']);
  });
});
