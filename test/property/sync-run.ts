// Random tasks that share something, cancelled and destroyed at random turns. What they do is a program's own affair.

import assert from 'node:assert/strict';

import fc from 'fast-check';

import { CancelledError, dumpContexts, isCancelled, spawn } from '../../src/index.ts';
import { currentContext, type GreenContext } from '../../src/pool/index.ts';

export const TASKS = 6;
const TURNS = 25;
const ON_PURPOSE = 'on purpose';

export interface End {
  readonly turn: number;
  readonly task: number;
}

export interface Crowd<Op> {
  readonly tasks: readonly (readonly Op[])[];
  readonly cancels: readonly End[];
  readonly destroys: readonly End[];
}

/** Programs whose tasks do some of `op` one after the other. */
export function crowdOf<Op>(op: fc.Arbitrary<Op>, destroys = false): fc.Arbitrary<Crowd<Op>> {
  const end = fc.record({ turn: fc.nat(TURNS - 1), task: fc.nat(TASKS - 1) });
  return fc.record({
    tasks: fc.array(fc.array(op, { maxLength: 6 }), { minLength: 2, maxLength: TASKS }),
    cancels: fc.array(end, { maxLength: TASKS }),
    destroys: destroys ? fc.array(end, { maxLength: 3 }) : fc.constant([]),
  });
}

export function failOnPurpose(): never {
  throw new Error(ON_PURPOSE);
}

/** Whether a task may fail so. */
function mayFail(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === 'GREEN_ERR_WAIT_TIMEOUT' || isCancelled(error);
}

/**
 * Carries a program out, op by op by `perform(task, op)`, which must not swallow a cancellation: its task would then wait
 * for five seconds. Throws what goes wrong there.
 */
export async function carryOut<Op>(
  { tasks, cancels, destroys }: Crowd<Op>,
  perform: (task: number, op: Op) => void,
  eachTurn: (turn: number) => void = () => {},
): Promise<void> {
  const contexts: (GreenContext | null)[] = [];
  const started = tasks.map((ops, task) =>
    spawn(() => {
      contexts[task] = currentContext();
      for (const op of ops) perform(task, op);
    }),
  );
  const outcomes = Promise.allSettled(started);
  for (let turn = 0; turn < TURNS; turn++) {
    eachTurn(turn);
    for (const { task } of cancels.filter((each) => each.turn === turn)) started[task]?.cancel();
    for (const { task } of destroys.filter((each) => each.turn === turn)) {
      if (started[task]?.state === 'waiting') contexts[task]?.discard(new CancelledError('shutdown'));
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const task of started) task.cancel(); // those that wait for each other, or for nobody
  for (const outcome of await outcomes) {
    if (outcome.status === 'rejected' && !mayFail(outcome.reason) && outcome.reason.message !== ON_PURPOSE) {
      throw outcome.reason;
    }
  }
  assert.deepEqual(
    dumpContexts().contexts.filter(({ state }) => state !== 'idle'),
    [],
  );
}
