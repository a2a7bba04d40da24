import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';

import { yieldNow } from '../../src/index.ts';
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  LifoQueue,
  Lock,
  once,
  PriorityQueue,
  Queue,
  RateLimiter,
  RLock,
  RwLock,
  Semaphore,
  type SyncGuard,
} from '../../src/sync/index.ts';
import { FifoStore, LifoStore, PriorityStore, type QueueStore } from '../../src/sync/queue-stores.ts';
import { PROPERTY_TIME_LIMIT_MS, parameters } from './runs.ts';
import { carryOut, crowdOf, failOnPurpose } from './sync-run.ts';

const SHARE = 0.05;

/** Limits of one wait: none, or a time that may be over before or after what it waits for. */
const limits = fc.constantFrom({}, {}, {}, { timeout: 1 });

// Holders that are destroyed say so.
beforeAll(() => {
  vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
});

function itHolds<T>(what: string, programs: fc.Arbitrary<T>, check: (program: T) => Promise<void>): void {
  it(
    what,
    async () => {
      await fc.assert(fc.asyncProperty(programs, check), parameters(SHARE));
    },
    PROPERTY_TIME_LIMIT_MS,
  );
}

type Kind = 'read' | 'write';

interface Inside {
  readonly task: number;
  readonly kind: Kind;
}

/** Something that tasks are in, so many at once. */
interface Place {
  enter(kind: Kind, options: { timeout?: number }): SyncGuard;
  tryEnter(kind: Kind): SyncGuard | null;
  /** Whether one more may be in, by the model. */
  fits(kind: Kind, inside: readonly Inside[]): boolean;
  /** Whether a task that is in may come in once more: past the line, behind it, or never. */
  again: 'at once' | 'in line' | 'read only';
  /** Once all have left. */
  readonly empty: () => unknown;
}

const PLACES: Record<string, () => Place> = {
  RLock: () => {
    const lock = new RLock();
    return {
      enter: (_kind, options) => lock.acquire(options),
      tryEnter: () => lock.tryAcquire(),
      fits: (_kind, inside) => inside.length === 0,
      again: 'at once',
      empty: () => expect(lock.stats).toMatchObject({ locked: false, waiting: 0, depth: 0 }),
    };
  },
  ...Object.fromEntries(
    [Semaphore, BoundedSemaphore].map((Class) => [
      Class.name,
      (): Place => {
        const semaphore = new Class(2);
        return {
          enter: (_kind, options) => semaphore.acquire(options),
          tryEnter: () => semaphore.tryAcquire(),
          fits: (_kind, inside) => inside.length < 2,
          again: 'in line',
          empty: () => expect(semaphore.stats).toMatchObject({ available: 2, waiting: 0 }),
        };
      },
    ]),
  ),
  RwLock: () => {
    const lock = new RwLock();
    return {
      enter: (kind, options) => lock[kind](options),
      tryEnter: (kind) => (kind === 'read' ? lock.tryRead() : lock.tryWrite()),
      fits: (kind, inside) => inside.length === 0 || (kind === 'read' && inside[0]?.kind === 'read'),
      again: 'read only',
      empty: () => expect(lock.stats).toMatchObject({ readers: 0, writing: false, waiting: 0 }),
    };
  },
};

interface Use {
  readonly op: 'use';
  readonly kind: Kind;
  readonly limits: { timeout?: number } | 'try';
  readonly body: readonly PlaceOp[];
}
type PlaceOp = { readonly op: 'turns'; readonly count: number } | { readonly op: 'throw' } | Use;

const { placeOp } = fc.letrec<{ placeOp: PlaceOp; body: readonly PlaceOp[] }>((tie) => ({
  body: fc.array(tie('placeOp'), { maxLength: 3 }),
  placeOp: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    {
      weight: 4,
      arbitrary: fc.record({ op: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 6 }) }),
    },
    { weight: 1, arbitrary: fc.constant({ op: 'throw' as const }) },
    {
      weight: 5,
      arbitrary: fc.record({
        op: fc.constant('use' as const),
        kind: fc.constantFrom<Kind[]>('read', 'read', 'write'),
        limits: fc.oneof({ weight: 3, arbitrary: limits }, { weight: 1, arbitrary: fc.constant('try' as const) }),
        body: tie('body'),
      }),
    },
  ),
}));

describe.each(Object.entries(PLACES))('random use of a %s', (_name, make) => {
  itHolds('never lets in too many, is first come, first served, and loses nothing', crowdOf(placeOp), async (crowd) => {
    const place = make();
    let inside: Inside[] = [];
    const queue: Inside[] = [];

    function stay(me: Inside, body: readonly PlaceOp[]): void {
      inside.push(me);
      try {
        for (const each of body) perform(me.task, each);
      } finally {
        inside = inside.filter((each) => each !== me);
      }
    }

    // Who came before and has not woken up has been let in by now: or this one has overtaken it.
    function expectTogether(before: readonly Inside[], me: Inside): void {
      const all = [...inside];
      for (const each of [...before, me]) {
        expect(place.fits(each.kind, all)).toBe(true);
        all.push(each);
      }
    }

    function perform(task: number, each: PlaceOp): void {
      if (each.op === 'throw') failOnPurpose();
      if (each.op === 'turns') {
        for (let turn = 0; turn < each.count; turn++) yieldNow();
        return;
      }
      const own = inside.filter((other) => other.task === task);
      const again = own.length > 0 && place.again !== 'in line';
      if (again && place.again === 'read only' && (each.kind === 'write' || own[0]?.kind === 'write')) return;
      const me: Inside = { task, kind: each.kind };
      const fits = again || place.fits(me.kind, inside);
      if (each.limits === 'try') {
        using guard = place.tryEnter(me.kind);
        if (guard === null) expect(again || (fits && queue.length === 0)).toBe(false);
        else {
          if (!again) expectTogether(queue, me);
          stay(me, each.body);
        }
        return;
      }
      if (!again) queue.push(me);
      let entered = false;
      try {
        using _guard = place.enter(me.kind, each.limits);
        entered = true;
        if (!again) {
          const at = queue.indexOf(me);
          queue.splice(at, 1);
          expectTogether(queue.slice(0, at), me);
        }
        stay(me, each.body);
      } catch (error) {
        if (entered || (error as { code?: string }).code !== 'GREEN_ERR_WAIT_TIMEOUT') throw error;
      } finally {
        if (!entered && !again) queue.splice(queue.indexOf(me), 1);
      }
    }

    await carryOut(crowd, perform, () => {
      const [first] = queue;
      if (first !== undefined) expect(place.fits(first.kind, inside)).toBe(false); // nobody waits who could come in
    });
    place.empty();
  });

  itHolds('loses nothing when tasks are destroyed', crowdOf(placeOp, true), async (crowd) => {
    const place = make();
    const held = new Map<number, Kind[]>();
    function perform(task: number, each: PlaceOp): void {
      if (each.op === 'throw') failOnPurpose();
      if (each.op === 'turns') {
        for (let turn = 0; turn < each.count; turn++) yieldNow();
        return;
      }
      // A semaphore's permits are nobody's: only those of run() come back when a task is destroyed.
      if (place.again === 'in line') return;
      const own = held.get(task) ?? [];
      if (place.again === 'read only' && own.length > 0 && (each.kind === 'write' || own[0] === 'write')) return;
      using guard = each.limits === 'try' ? place.tryEnter(each.kind) : place.enter(each.kind, each.limits);
      if (guard === null) return;
      held.set(task, [...own, each.kind]);
      try {
        for (const op of each.body) perform(task, op);
      } finally {
        held.set(task, own);
      }
    }
    await carryOut(crowd, perform);
    place.empty();
  });
});

describe('random use of Semaphore.run()', () => {
  const op = fc.record({ turns: fc.nat(3), limits });
  itHolds('loses no permit when tasks are destroyed or cancelled', crowdOf(op, true), async (crowd) => {
    const semaphore = new BoundedSemaphore(2);
    let inside = 0;
    await carryOut(crowd, (_task, { turns, limits: options }) => {
      semaphore.run(() => {
        expect(++inside).toBeGreaterThan(0);
        for (let turn = 0; turn < turns; turn++) yieldNow();
      }, options);
    });
    expect(semaphore.stats).toMatchObject({ available: 2, waiting: 0 });
  });
});

type QueueOp =
  | { readonly op: 'put' | 'get'; readonly limits: { timeout?: number } | 'try' }
  | { readonly op: 'turn' | 'done' };
const queueOp: fc.Arbitrary<QueueOp> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constantFrom('put' as const, 'get' as const),
      limits: fc.oneof({ weight: 3, arbitrary: limits }, { weight: 1, arbitrary: fc.constant('try' as const) }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom('turn' as const, 'done' as const) }) },
);

describe.each([Queue, LifoQueue, PriorityQueue])('random use of a %o', (Class) => {
  const programs = fc.record({
    crowd: fc.oneof(crowdOf(queueOp), crowdOf(queueOp, true)),
    maxSize: fc.constantFrom(1, 2, Number.POSITIVE_INFINITY),
    shutdown: fc.option(fc.record({ turn: fc.nat(24), immediate: fc.boolean() }), { freq: 3 }),
  });
  itHolds('gives every item that was put exactly once', programs, async ({ crowd, maxSize, shutdown }) => {
    const queue = new Class<number>({ maxSize });
    const unsettled = new Set<number>(); // puts and gets of tasks that were destroyed in them
    const put: number[] = [];
    const got: { readonly call: number; readonly item: number }[] = [];
    let calls = 0;
    let done = 0;

    function putOne(item: number, options: { timeout?: number } | 'try'): void {
      unsettled.add(item);
      try {
        if (options !== 'try') queue.put(item, options);
        else if (!queue.tryPut(item)) return;
        put.push(item);
      } finally {
        unsettled.delete(item);
      }
    }

    const perform = (_task: number, each: QueueOp): void => {
      const call = calls++;
      try {
        if (each.op === 'turn') yieldNow();
        else if (each.op === 'put') putOne(call, each.limits);
        else if (each.op === 'get') {
          const item = each.limits === 'try' ? queue.tryGet(-1) : queue.get(each.limits);
          if (item >= 0) got.push({ call, item });
        } else if (queue.stats.unfinished > 0) {
          queue.taskDone();
          done++;
        }
      } catch (error) {
        const { code } = error as { code?: string };
        if (code !== 'GREEN_ERR_QUEUE_CLOSED' && code !== 'GREEN_ERR_WAIT_TIMEOUT') throw error;
        if (code === 'GREEN_ERR_QUEUE_CLOSED') expect(queue.closed).toBe(true);
      }
    };
    await carryOut(crowd, perform, (turn) => {
      const { size: lying, getters: hungry, putters: loaded } = queue.stats;
      expect(hungry > 0 && lying > 0).toBe(false); // nobody waits for what is there
      expect(loaded > 0 && lying < maxSize).toBe(false);
      if (turn === shutdown?.turn) queue.shutdown({ immediate: shutdown.immediate });
    });

    const { size, getters, putters, unfinished, put: putCount } = queue.stats;
    expect({ getters, putters }).toEqual({ getters: 0, putters: 0 });
    const left: number[] = [];
    while (queue.size > 0) left.push(queue.tryGet() as number);
    expect(left).toHaveLength(size);
    const out = [...got.map(({ item }) => item), ...left];
    expect(new Set(out).size).toBe(out.length);
    for (const item of out) expect(put.includes(item) || unsettled.has(item)).toBe(true);
    expect(putCount).toBeGreaterThanOrEqual(put.length);
    if (shutdown?.immediate === true) {
      expect(unfinished).toBeLessThanOrEqual(putCount - done);
      return;
    }
    expect(unfinished).toBe(putCount - done);
    for (const item of put) expect(out).toContain(item);
    expect(out).toHaveLength(putCount);
    if (Class !== Queue || crowd.destroys.length > 0) return;
    const inOrderOfCalls = [...got.toSorted((a, b) => a.call - b.call).map(({ item }) => item), ...left];
    expect(inOrderOfCalls).toEqual(inOrderOfCalls.toSorted((a, b) => a - b));
  });
});

describe('random use of what queues keep their items in', () => {
  type StoreOp = { readonly op: 'add' | 'putBack'; readonly key: number } | { readonly op: 'take' };
  const op: fc.Arbitrary<StoreOp> = fc.oneof(
    fc.record({ op: fc.constantFrom('add' as const, 'add' as const, 'putBack' as const), key: fc.nat(9) }),
    fc.constant({ op: 'take' as const }),
  );
  type Item = { readonly key: number };
  const byKey = (a: Item, b: Item): number => a.key - b.key;
  const STORES: [string, () => QueueStore<Item>, (items: Item[], item: Item, back: boolean) => Item[]][] = [
    ['first in, first out', () => new FifoStore(), (all, item, back) => (back ? [item, ...all] : [...all, item])],
    ['last in, first out', () => new LifoStore(), (all, item) => [item, ...all]],
    [
      'smallest first',
      () => new PriorityStore(byKey),
      (all, item, back) => (back ? [item, ...all] : [...all, item]).toSorted(byKey),
    ],
  ];
  it.each(STORES)('is %s', (_what, make, add) => {
    const property = fc.property(fc.array(op, { maxLength: 300, size: 'max' }), (ops) => {
      const store = make();
      let model: Item[] = [];
      for (const each of ops) {
        if (each.op === 'take') {
          if (model.length > 0) expect(store.take()).toBe(model.shift());
        } else {
          const item = { key: each.key };
          model = add(model, item, each.op === 'putBack');
          store[each.op](item);
        }
        expect(store.size).toBe(model.length);
      }
      while (store.size > 0) expect(store.take()).toBe(model.shift());
    });
    fc.assert(property, { ...parameters(0.01), numRuns: 200 } as fc.Parameters<unknown>);
  });
});

describe('random use of a Condition', () => {
  type ConditionOp = { readonly op: 'wait' | 'notify'; readonly limits: object; readonly count: number };
  const op: fc.Arbitrary<ConditionOp> = fc.record({
    op: fc.constantFrom('wait' as const, 'wait' as const, 'notify' as const),
    limits,
    count: fc.integer({ min: 1, max: 3 }),
  });
  const programs = fc.record({ crowd: crowdOf(op), reentrant: fc.boolean() });
  itHolds('notifies in order, and loses no notification and no lock', programs, async ({ crowd, reentrant }) => {
    const condition = new Condition({ lock: reentrant ? new RLock() : new Lock() });
    const queue: object[] = [];
    let inside = 0;
    let returned = 0;
    const perform = (_task: number, { op: what, limits: options, count }: ConditionOp): void => {
      using _held = condition.acquire();
      expect(++inside).toBe(1);
      try {
        if (what === 'notify') {
          yieldNow();
          condition.notify(count);
          return;
        }
        const me = {};
        queue.push(me);
        inside--;
        try {
          condition.wait(options);
          returned++;
        } catch (error) {
          if ((error as { code?: string }).code !== 'GREEN_ERR_WAIT_TIMEOUT') throw error;
        } finally {
          expect(condition.lock.held).toBe(true);
          inside++;
          queue.splice(queue.indexOf(me), 1);
        }
        yieldNow();
      } finally {
        inside--;
      }
    };
    await carryOut(crowd, perform);
    expect(condition.stats).toEqual({ waiting: 0, notified: returned });
    expect(condition.lock.stats).toMatchObject({ locked: false, waiting: 0 });
  });

  itHolds('loses no lock when tasks are destroyed', crowdOf(op, true), async (crowd) => {
    const condition = new Condition();
    await carryOut(crowd, (_task, { op: what, limits: options, count }) => {
      using _held = condition.acquire();
      if (what === 'wait') condition.wait(options);
      else condition.notify(count);
      yieldNow();
    });
    expect(condition.stats.waiting).toBe(0);
    expect(condition.lock.stats).toMatchObject({ locked: false, waiting: 0 });
  });
});

describe('random use of a Barrier', () => {
  const op = fc.record({ turns: fc.nat(2), limits, reset: fc.boolean() });
  const programs = fc.record({ crowd: crowdOf(op), parties: fc.integer({ min: 1, max: 3 }), action: fc.boolean() });
  itHolds('lets pass all parties or none', programs, async ({ crowd, parties, action }) => {
    const barrier = new Barrier(parties, action ? { action: () => yieldNow() } : {});
    const indices: number[] = [];
    await carryOut(crowd, (_task, { turns, limits: options, reset }) => {
      for (let turn = 0; turn < turns; turn++) yieldNow();
      try {
        indices.push(barrier.wait(options));
      } catch (error) {
        if ((error as { code?: string }).code !== 'GREEN_ERR_BARRIER_BROKEN') throw error;
        if (reset) barrier.reset();
      }
    });
    const { trips, waiting } = barrier.stats;
    expect(waiting).toBe(0);
    // Who gives up while the action runs, or is cancelled before it wakes up, misses that it had passed.
    if (action || crowd.cancels.length > 0) expect(indices.length).toBeLessThanOrEqual(trips * parties);
    else {
      const expected = Array.from({ length: trips * parties }, (_, i) => Math.floor(i / trips));
      expect(indices.toSorted((a, b) => a - b)).toEqual(expected);
    }
  });
});

describe('random use of a RateLimiter', () => {
  const op = fc.record({ tokens: fc.integer({ min: 1, max: 3 }), limits });
  itHolds('gives no more than flows in, first come, first served', crowdOf(op, true), async (crowd) => {
    const startMs = performance.now();
    const limiter = new RateLimiter({ limit: 4, interval: 1, burst: 3 });
    const queue: object[] = [];
    let taken = 0;
    await carryOut(crowd, (_task, { tokens, limits: options }) => {
      const me = {};
      queue.push(me);
      try {
        limiter.acquire({ ...options, tokens });
        taken += tokens;
        if (crowd.destroys.length === 0) expect(queue[0]).toBe(me);
      } finally {
        queue.splice(queue.indexOf(me), 1);
      }
    });
    expect(taken).toBeLessThanOrEqual(3 + 4 * (performance.now() - startMs) + 1e-6);
    expect(limiter.stats.waiting).toBe(0);
  });
});

describe('random use of a once() function', () => {
  const op = fc.record({ key: fc.nat(2), turns: fc.nat(3), limits });
  const programs = fc.record({ crowd: crowdOf(op, true), keep: fc.boolean() });
  itHolds('gives every caller the outcome of its key, and ends every run', programs, async ({ crowd, keep }) => {
    let running = 0;
    const load = once(
      (key: number, turns: number) => {
        running++;
        try {
          for (let turn = 0; turn < turns; turn++) yieldNow();
          return { key };
        } finally {
          running--;
        }
      },
      { key: (key) => key, keep },
    );
    await carryOut(crowd, (_task, { key, turns, limits: options }) => {
      expect(load.within(options, key, turns).key).toBe(key);
    });
    await new Promise((resolve) => setImmediate(resolve)); // the last run may still be ending
    expect(running).toBe(0);
    expect(load.stats.running).toBe(0);
  });
});
