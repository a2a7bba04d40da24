import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { describe, expect, it } from 'vitest';

import { dumpContexts, GreenPool, run, spawn, type TaskMessage, wait } from '../../src/index.ts';
import { later } from '../support/turns.ts';
import { warningOf } from '../support/warnings.ts';

function gate(): { promise: Promise<void>; open: () => void } {
  let open!: () => void;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

describe('dumpContexts()', () => {
  it('tells pool, label, state, times, what is waited for, and the exact stack', async () => {
    const pool = new GreenPool({ name: 'api' });
    const { promise, open } = gate();
    const queryDatabase = (): void => wait(promise);
    const task = pool.submit(() => [1].map(() => queryDatabase()), { label: 'GET /users/:id' });
    const entry = dumpContexts().contexts.find((context) => context.label === 'GET /users/:id');
    expect(entry).toMatchObject({
      pool: 'api',
      state: 'waiting',
      waitsFor: expect.stringMatching(/^promise #\d+$/),
      times: { waits: 1 },
    });
    expect(entry?.stack[0]).toMatch(/^ {4}at queryDatabase .*dump\.test\.ts/);
    expect(entry?.stack.some((frame) => frame.includes('Array.map'))).toBe(true);
    expect(entry?.stack.some((frame) => frame.includes('src/pool/'))).toBe(false);
    open();
    await task;
  });

  it('shows the running context and idle ones', async () => {
    await Promise.all([run(() => wait(later(1))), run(() => wait(later(2)))]);
    const dump = await run(function outermost() {
      return dumpContexts();
    });
    const states = dump.contexts.map((context) => context.state);
    expect(states).toContain('idle');
    const running = dump.contexts.filter((context) => context.state === 'running');
    expect(running).toHaveLength(1);
    expect(running[0]?.stack[0]).toContain('outermost');
  });

  it('shows a context that has started another one as running, without a stack', async () => {
    let dump: ReturnType<typeof dumpContexts> | undefined;
    await run(() => {
      wait(
        spawn(() => {
          dump = dumpContexts();
        }),
      );
    });
    const running = dump?.contexts.filter((context) => context.state === 'running') ?? [];
    expect(running.map((context) => context.stack.length > 0).toSorted()).toEqual([false, true]);
  });

  it('leaves the contexts it looks at as they were', async () => {
    const { promise, open } = gate();
    const tasks = Array.from({ length: 20 }, (_, n) =>
      run(() => {
        wait(promise);
        return [n, wait(later(n))];
      }),
    );
    for (let i = 0; i < 3; i++) dumpContexts();
    open();
    expect(await Promise.all(tasks)).toEqual(Array.from({ length: 20 }, (_, n) => [n, n]));
  });

  it('groups equal stacks in its text and counts who waits for the same promise', async () => {
    const { promise, open } = gate();
    const blocked = (): void => wait(promise);
    const tasks = Array.from({ length: 8 }, () => run(blocked));
    const text = String(dumpContexts());
    expect(text).toMatch(/^\d+ contexts: 0 running, 8 waiting, \d+ idle$/m);
    expect(text).toMatch(/^8 contexts wait for the same promise #1\.$/m);
    expect(text).toContain('… and 3 more with this stack');
    expect(text.match(/at blocked/g)).toHaveLength(1);
    open();
    await Promise.all(tasks);
  });
});

describe('pool.dump()', () => {
  it('holds the busy contexts of that pool only', async () => {
    const [first, second] = [new GreenPool({ name: 'first' }), new GreenPool({ name: 'second' })];
    const { promise, open } = gate();
    const tasks = [first.submit(() => wait(promise)), second.submit(() => wait(promise))];
    expect(first.dump().contexts.map((context) => context.pool)).toEqual(['first']);
    open();
    await Promise.all(tasks);
    expect(first.dump().contexts).toEqual([]);
  });

  it('says so when every worker waits for work in the queue of the same pool', async () => {
    const pool = new GreenPool({ maxWorkers: 1 });
    let queued: Promise<string> | undefined;
    const controller = new AbortController();
    const stuck = pool.submit(
      () => {
        wait(later(undefined));
        return wait(queued);
      },
      { signal: controller.signal },
    );
    queued = pool.submit(() => 'never started');
    await later(undefined);
    await later(undefined);
    expect(pool.dump().findings).toEqual([
      'Deadlock: all 1 workers wait for work that is in the queue of their own pool.',
    ]);
    controller.abort();
    await expect(stuck).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(await queued).toBe('never started');
    expect(pool.dump().findings).toEqual([]);
  });
});

describe('task times', () => {
  it('add up, and count the waits', async () => {
    const task = spawn(() => {
      for (let i = 0; i < 3; i++) wait(later(i));
    });
    await task;
    const { queuedMs, ranMs, longestRunMs, waitedMs, waits } = task.times;
    expect(waits).toBe(3);
    expect(queuedMs).toBe(0);
    for (const time of [ranMs, longestRunMs, waitedMs]) expect(time).toBeGreaterThan(0);
    expect(longestRunMs).toBeLessThanOrEqual(ranMs);
  });

  it('are distributed in the statistics of a pool that asks for it', async () => {
    const pool = new GreenPool({ histograms: true });
    await pool.map([1, 2, 3], () => wait(later(undefined)));
    const { queuedMs, ranMs, waitedMs } = pool.stats;
    expect([queuedMs?.count, ranMs?.count, waitedMs?.count]).toEqual([3, 3, 3]);
    expect(waitedMs?.p99).toBeGreaterThan(0);
    expect(new GreenPool().stats.ranMs).toBeUndefined();
  });

  it('are published on diagnostics channels, from start to end', async () => {
    const events = ['start', 'suspend', 'resume', 'end'] as const;
    const seen: string[] = [];
    const listeners = events.map((event) => {
      const listener = (message: unknown): void => {
        const { label, waits } = message as TaskMessage;
        if (label === 'watched') seen.push(`${event} ${waits}`);
      };
      subscribe(`greenroom:task:${event}`, listener);
      return () => unsubscribe(`greenroom:task:${event}`, listener);
    });
    await new GreenPool().submit(() => wait(later(undefined)), { label: 'watched' });
    for (const stop of listeners) stop();
    expect(seen).toEqual(['start 0', 'suspend 1', 'resume 1', 'end 1']);
  });
});

describe('a limit', () => {
  it('looks at those first that have waited longest, and counts the others', async () => {
    const pool = new GreenPool({ maxWorkers: 10 });
    const { promise, open } = gate();
    const tasks = Array.from({ length: 5 }, (_, id) => pool.submit(() => wait(promise), { label: `task ${id}` }));
    const { contexts, omitted, ...dump } = pool.dump({ limit: 2 });
    expect(contexts.map(({ label }) => label)).toEqual(['task 0', 'task 1']);
    expect(omitted).toBe(3);
    expect(dumpContexts({ limit: 5 }).contexts.every(({ state }) => state === 'waiting')).toBe(true);
    expect(String(pool.dump({ limit: 2 }))).toMatch(/\n\n… and 3 contexts more, not looked at\.$/);
    expect(dump.findings).toEqual([]);
    expect(() => pool.dump({ limit: -1 })).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
    open();
    await Promise.all(tasks);
  });
});

describe('warnings', () => {
  it('tell of a run that holds the loop longer than the limit, with the stack it then waited in', async () => {
    const pool = new GreenPool({ longRunWarning: 1 });
    const warned = warningOf('GREEN_WARN_LONG_RUN');
    await pool.submit(
      function busyHandler() {
        const untilMs = performance.now() + 5;
        while (performance.now() < untilMs);
        wait(later(undefined));
      },
      { label: 'GET /busy' },
    );
    const warning = await warned;
    expect(warning.message).toMatch(/^A context \(GET \/busy\) held the event loop for \d+ ms/);
    expect(warning.detail).toContain('busyHandler');
  });

  it('tell of a full pool, with the stacks of its workers', async () => {
    const pool = new GreenPool({ name: 'small', maxWorkers: 1, maxQueue: 0 });
    const { promise, open } = gate();
    const warned = warningOf('GREEN_WARN_POOL_FULL');
    const taken = pool.submit(function hog() {
      wait(promise);
    });
    await expect(pool.submit(() => 1)).rejects.toMatchObject({ code: 'GREEN_ERR_POOL_FULL' });
    const warning = await warned;
    expect(warning.message).toContain('Pool small: The pool is full: 1 of 1 workers');
    expect(warning.detail).toContain('at hog');
    open();
    await taken;
  });
});
