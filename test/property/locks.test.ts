import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dumpContexts, isCancelled, spawn, wait, yieldNow } from '../../src/index.ts';
import { Lock } from '../../src/sync/index.ts';
import { PROPERTY_TIME_LIMIT_MS, parameters } from './runs.ts';

const LOCKS = 3;
const TASKS = 6;
const TURNS = 30;

interface Use {
  readonly op: 'lock' | 'try';
  readonly lock: number;
  readonly body: readonly Op[];
}
type Op = { readonly op: 'turn' } | { readonly op: 'throw' } | Use;

interface Program {
  readonly tasks: readonly (readonly Op[])[];
  readonly cancels: readonly { readonly turn: number; readonly task: number }[];
}

const { body } = fc.letrec<{ op: Op; body: readonly Op[] }>((tie) => ({
  body: fc.array(tie('op'), { maxLength: 4 }),
  op: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: fc.constant({ op: 'turn' as const }) },
    { weight: 1, arbitrary: fc.constant({ op: 'throw' as const }) },
    {
      weight: 5,
      arbitrary: fc.record({
        op: fc.constantFrom('lock' as const, 'lock' as const, 'try' as const),
        lock: fc.nat(LOCKS - 1),
        body: tie('body'),
      }),
    },
  ),
}));
const program: fc.Arbitrary<Program> = fc.record({
  tasks: fc.array(body, { minLength: 2, maxLength: TASKS }),
  cancels: fc.array(fc.record({ turn: fc.nat(TURNS - 1), task: fc.nat(TASKS - 1) }), { maxLength: TASKS }),
});

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Carries a program out; throws where a lock is not exclusive, or not first come, first served. */
async function carryOut({ tasks, cancels }: Program): Promise<Lock[]> {
  const locks = Array.from({ length: LOCKS }, () => new Lock());
  const holders: (number | null)[] = locks.map(() => null);
  const queues: number[][] = locks.map(() => []);

  function inside(id: number, lock: number, ops: readonly Op[]): void {
    expect(holders[lock]).toBeNull();
    holders[lock] = id;
    try {
      perform(id, ops);
      expect(holders[lock]).toBe(id);
    } finally {
      holders[lock] = null;
    }
  }

  function perform(id: number, ops: readonly Op[]): void {
    for (const each of ops) {
      if (each.op === 'turn') yieldNow();
      else if (each.op === 'throw') throw new Error('on purpose');
      else if (holders[each.lock] === id)
        continue; // it would wait for itself
      else if (each.op === 'try') {
        using guard = (locks[each.lock] as Lock).tryAcquire();
        expect(guard === null).toBe(holders[each.lock] !== null || (queues[each.lock] as number[]).length > 0);
        if (guard !== null) inside(id, each.lock, each.body);
      } else {
        const queue = queues[each.lock] as number[];
        queue.push(id);
        let first: number | undefined;
        try {
          using _guard = (locks[each.lock] as Lock).acquire();
          first = queue.shift();
          expect(first).toBe(id);
          inside(id, each.lock, each.body);
        } finally {
          if (first === undefined) queue.splice(queue.indexOf(id), 1);
        }
      }
    }
  }

  const started = tasks.map((ops, id) => spawn(perform, id, ops));
  const outcomes = Promise.allSettled(started);
  for (let turn = 0; turn < TURNS; turn++) {
    for (const { task } of cancels.filter((cancel) => cancel.turn === turn)) started[task]?.cancel();
    await nextTurn();
  }
  for (const task of started) task.cancel(); // those that wait for each other
  for (const outcome of await outcomes) {
    if (outcome.status === 'fulfilled' || isCancelled(outcome.reason)) continue;
    if ((outcome.reason as Error).message !== 'on purpose') throw outcome.reason;
  }
  return locks;
}

describe('random use of locks', () => {
  it(
    'is exclusive and first come, first served, loses no lock, and leaves every context idle',
    async () => {
      const property = fc.asyncProperty(program, async (each) => {
        for (const { stats } of await carryOut(each)) expect(stats).toMatchObject({ locked: false, waiting: 0 });
        expect(dumpContexts().contexts.filter(({ state }) => state !== 'idle')).toEqual([]);
        expect(await spawn(() => wait(Promise.resolve('as before')))).toBe('as before');
      });
      await fc.assert(property, parameters(0.2));
    },
    PROPERTY_TIME_LIMIT_MS,
  );
});
