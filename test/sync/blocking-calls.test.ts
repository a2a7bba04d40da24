// What every call of greenroom/sync that may wait has in common: limits, cancellation, and that nothing is lost with a
// waiter that goes.

import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';

import { dumpContexts, run, spawn, type WaitOptions, wait } from '../../src/index.ts';
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  Latch,
  LifoQueue,
  Lock,
  once,
  PriorityQueue,
  Queue,
  RateLimiter,
  RLock,
  RwLock,
  Semaphore,
} from '../../src/sync/index.ts';
import { later, never, spawnDoomed, turns } from '../support/turns.ts';

interface Blocked {
  /** Waits. */
  block(options?: WaitOptions): unknown;
  /** Lets one waiter go on. */
  free(): unknown;
  waiting(): number;
  /** What dumps call it. */
  readonly name: string | RegExp;
  /** Whether free() gives one thing, which goes to the next if a waiter dies with it. */
  readonly handsOver?: boolean;
  /** Whether who gives up spoils it for all. */
  readonly breaks?: boolean;
}

/** Has a task hold what `acquire` takes until told to let go. */
function heldBy(acquire: () => Disposable): () => void {
  let letGo = (): void => {};
  const released = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  void spawn(() => {
    using _held = acquire();
    wait(released);
  });
  return letGo;
}

const name = 'x';
const CALLS: readonly [string, () => Blocked][] = [
  ...[Lock, RLock].map((Class): [string, () => Blocked] => [
    `${Class.name}.acquire()`,
    () => {
      const lock = new Class({ name });
      const free = heldBy(() => lock.acquire());
      return {
        block: (options) => lock.acquire(options).release(),
        free,
        waiting: () => lock.stats.waiting,
        name: /^R?Lock 'x', held by context \d+$/,
        handsOver: true,
      };
    },
  ]),
  ...[Semaphore, BoundedSemaphore].map((Class): [string, () => Blocked] => [
    `${Class.name}.acquire()`,
    () => {
      const semaphore = new Class(1, { name });
      semaphore.tryAcquire();
      return {
        block: (options) => semaphore.acquire(options).release(),
        free: () => semaphore.release(),
        waiting: () => semaphore.stats.waiting,
        name: `${Class.name} 'x'`,
        handsOver: true,
      };
    },
  ]),
  [
    'RwLock.read()',
    () => {
      const lock = new RwLock({ name });
      const free = heldBy(() => lock.write());
      return {
        block: (options) => lock.read(options).release(),
        free,
        waiting: () => lock.stats.waiting,
        name: /^RwLock 'x', held by context \d+$/,
        handsOver: true,
      };
    },
  ],
  [
    'RwLock.write()',
    () => {
      const lock = new RwLock({ name });
      const free = heldBy(() => lock.read());
      return {
        block: (options) => lock.write(options).release(),
        free,
        waiting: () => lock.stats.waiting,
        name: /^RwLock 'x', held by context \d+$/,
        handsOver: true,
      };
    },
  ],
  [
    'Condition.wait()',
    () => {
      const condition = new Condition({ name });
      return {
        block: (options) => {
          using _held = condition.acquire();
          condition.wait(options);
          expect(condition.lock.held).toBe(true);
        },
        free: () =>
          spawn(() => {
            using _held = condition.acquire();
            condition.notify();
          }),
        waiting: () => condition.stats.waiting,
        name: "Condition 'x'",
        handsOver: true,
      };
    },
  ],
  [
    'Event.wait()',
    () => {
      const event = new Event({ name });
      return {
        block: (options) => event.wait(options),
        free: () => event.set(),
        waiting: () => event.stats.waiting,
        name: "Event 'x'",
      };
    },
  ],
  [
    'Latch.wait()',
    () => {
      const latch = new Latch(1, { name });
      return {
        block: (options) => latch.wait(options),
        free: () => latch.countDown(),
        waiting: () => latch.stats.waiting,
        name: "Latch 'x'",
      };
    },
  ],
  [
    'Barrier.wait()',
    () => {
      const barrier = new Barrier(2, { name });
      return {
        block: (options) => barrier.wait(options),
        free: () => spawn(() => barrier.wait()),
        waiting: () => barrier.stats.waiting,
        name: "Barrier 'x'",
        breaks: true,
      };
    },
  ],
  ...[Queue, LifoQueue, PriorityQueue].map((Class): [string, () => Blocked] => [
    `${Class.name}.get()`,
    () => {
      const queue = new Class<number>({ name });
      return {
        block: (options) => queue.get(options),
        free: () => queue.put(1),
        waiting: () => queue.stats.getters,
        name: `${Class.name} 'x'`,
        handsOver: true,
      };
    },
  ]),
  [
    'Queue.put()',
    () => {
      const queue = new Queue<number>({ name, maxSize: 1 });
      queue.tryPut(0);
      return {
        block: (options) => queue.put(1, options),
        free: () => queue.tryGet(),
        waiting: () => queue.stats.putters,
        name: "Queue 'x'",
      };
    },
  ],
  [
    'Queue.join()',
    () => {
      const queue = new Queue<number>({ name });
      queue.put(0);
      return {
        block: (options) => queue.join(options),
        free: () => queue.taskDone(),
        waiting: () => queue.stats.joiners,
        name: "Queue 'x'",
      };
    },
  ],
  [
    'RateLimiter.acquire()',
    () => {
      const limiter = new RateLimiter({ name, limit: 1, interval: 20 });
      limiter.tryAcquire();
      return {
        block: (options) => limiter.acquire(options),
        free: () => {}, // time does
        waiting: () => limiter.stats.waiting,
        name: "RateLimiter 'x'",
      };
    },
  ],
  [
    'once()',
    () => {
      let letGo = (): void => {};
      const done = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      const shared = once(() => wait(done), { name });
      return {
        block: (options = {}) => shared.within(options),
        free: () => letGo(),
        waiting: () => shared.stats.running,
        name: /^promise #\d+$/,
      };
    },
  ],
];

describe.each(CALLS)('%s', (call, make) => {
  it('is refused outside contexts and in no-suspend regions, with the codes of wait()', async () => {
    const { block, waiting } = make();
    expect(() => block()).toThrow(expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' }));
    const refused = run(() => runInNewContext('block()', { block: () => block() }, { timeout: 10_000 }));
    await expect(refused).rejects.toMatchObject({ code: 'GREEN_ERR_WAIT_FORBIDDEN' });
    expect(waiting()).toBe(0);
  });

  it('gives up when its time is over', async () => {
    const { block, waiting } = make();
    // The rate limiter's own time may be over sooner.
    if (call === 'RateLimiter.acquire()') return;
    await expect(run(() => block({ timeout: 2 }))).rejects.toMatchObject({ code: 'GREEN_ERR_WAIT_TIMEOUT' });
    expect(waiting()).toBe(0);
  });

  it('gives up when its signal is aborted', async () => {
    const { block, waiting } = make();
    const controller = new AbortController();
    const task = run(() => block({ signal: controller.signal }));
    expect(waiting()).toBe(1);
    controller.abort('enough');
    await expect(task).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED', cause: 'enough' });
    expect(waiting()).toBe(0);
  });

  it('does not begin when its signal is aborted already, or its task cancelled', async () => {
    const { block, waiting } = make();
    const cancelled = expect.objectContaining({ code: 'GREEN_ERR_CANCELLED' });
    await expect(run(() => block({ signal: AbortSignal.abort('early') }))).rejects.toEqual(cancelled);
    const task = spawn((): void => {
      wait(later(undefined));
      task.cancel();
      block();
    });
    await expect(task.promise).rejects.toEqual(cancelled);
    expect(waiting()).toBe(0);
  });

  it('refuses bad limits', async () => {
    const { block } = make();
    const invalid = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
    await expect(run(() => block({ timeout: -1 }))).rejects.toEqual(invalid);
    await expect(run(() => block({ signal: {} as AbortSignal }))).rejects.toEqual(invalid);
    for (const options of [5000, null]) await expect(run(() => block(options as never))).rejects.toEqual(invalid);
  });

  it('names what it waits for in a dump', async () => {
    const { block, name } = make();
    const task = spawn(() => block());
    const named =
      typeof name === 'string' ? name : expect.stringMatching(name); /* a promise, or with the context that holds it */
    expect(dumpContexts().contexts.map(({ waitsFor }) => waitsFor)).toContainEqual(named);
    task.cancel();
    await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
  });

  it('goes on, and nothing is lost with waiters before it that gave up', async () => {
    const { block, free, waiting, breaks } = make();
    if (breaks === true) return;
    const controller = new AbortController();
    const gone = [spawn(() => block()), run(() => block({ signal: controller.signal }))];
    const outcomes = Promise.allSettled(gone);
    const destroyed = spawnDoomed(() => block());
    const last = run(() => {
      block();
      return 'went on';
    });
    (gone[0] as ReturnType<typeof spawn>).cancel();
    controller.abort();
    destroyed.destroy();
    free(); // before those that gave up have woken up
    expect(await last).toBe('went on');
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(waiting()).toBe(0);
  });

  it('goes to the next when a waiter is destroyed that had got it and not woken up', async () => {
    const { block, free, waiting, handsOver } = make();
    if (handsOver !== true) return;
    const first = spawnDoomed(() => block());
    const next = run(() => {
      block();
      return 'next';
    });
    free();
    while (waiting() === 2) await null;
    first.destroy();
    expect(await next).toBe('next');
    expect(await first.outcome).toMatchObject([{ status: 'rejected', reason: { reason: 'shutdown' } }]);
    await turns();
    expect(waiting()).toBe(0);
  });

  it('keeps nothing of a waiter whose context waits for something else by then', async () => {
    const { block, waiting } = make();
    const task = spawn(() => {
      try {
        block({ signal: AbortSignal.timeout(1) });
      } catch {
        wait(never());
      }
    });
    while (task.state !== 'finished' && waiting() > 0) await turns(1);
    task.cancel();
    await Promise.allSettled([task.promise]);
    expect(waiting()).toBe(0);
  });
});
