// Random programs in which real time passes: limits, deadlines and a shutdown that must end whatever the tasks do. What
// happens when is up to the clock, so that timed-run.ts checks rules rather than one course of events.

import fc from 'fast-check';

export const GATES = 3;

export type TimedOp =
  | { readonly op: 'wait'; readonly gate: number; readonly timeoutMs: number | null }
  | { readonly op: 'sleep'; readonly ms: number }
  | { readonly op: 'yield' }
  | { readonly op: 'throw' }
  | { readonly op: 'try'; readonly body: TimedBody; readonly swallow: boolean; readonly cleanup: TimedBody }
  | { readonly op: 'withTimeout' | 'shield' | 'inline'; readonly ms: number; readonly body: TimedBody };

export type TimedBody = readonly TimedOp[];

export type TimedStep =
  | { readonly op: 'submit'; readonly body: TimedBody; readonly timeoutMs: number | null }
  | { readonly op: 'spawn'; readonly body: TimedBody }
  | { readonly op: 'settle gate'; readonly gate: number; readonly ok: boolean }
  | { readonly op: 'cancel'; readonly task: number }
  | { readonly op: 'sleep'; readonly ms: number }
  | { readonly op: 'turn' };

export interface TimedProgram {
  readonly maxWorkers: number;
  readonly maxQueue: number;
  readonly cleanupMs: number;
  readonly drainMs: number;
  readonly steps: readonly TimedStep[];
}

const gate = fc.nat(GATES - 1);
const limitMs = fc.integer({ min: 1, max: 4 });
const maybeLimitMs = fc.option(limitMs, { freq: 2 });
const sleepMs = fc.nat(2);

const { body } = fc.letrec<{ op: TimedOp; body: TimedBody }>((tie) => ({
  body: fc.array(tie('op'), { maxLength: 4, size: 'max' }),
  op: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    {
      weight: 5,
      arbitrary: fc.record({ op: fc.constant('wait' as const), gate, timeoutMs: maybeLimitMs }),
    },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('sleep' as const), ms: sleepMs }) },
    { weight: 1, arbitrary: fc.constant({ op: 'yield' as const }) },
    { weight: 1, arbitrary: fc.constant({ op: 'throw' as const }) },
    {
      weight: 4,
      arbitrary: fc.record({
        op: fc.constant('try' as const),
        body: tie('body'),
        swallow: fc.boolean(),
        cleanup: tie('body'),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        op: fc.constantFrom('withTimeout' as const, 'shield' as const, 'inline' as const),
        ms: limitMs,
        body: tie('body'),
      }),
    },
  ),
}));

const step: fc.Arbitrary<TimedStep> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ op: fc.constant('submit' as const), body, timeoutMs: maybeLimitMs }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('spawn' as const), body }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('settle gate' as const), gate, ok: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('cancel' as const), task: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('sleep' as const), ms: sleepMs }) },
  { weight: 2, arbitrary: fc.constant({ op: 'turn' as const }) },
);

export const timedProgram: fc.Arbitrary<TimedProgram> = fc.record({
  maxWorkers: fc.integer({ min: 1, max: 3 }),
  maxQueue: fc.nat(3),
  cleanupMs: fc.integer({ min: 1, max: 3 }),
  drainMs: fc.nat(2),
  steps: fc.array(step, { minLength: 1, maxLength: 10, size: 'max' }),
});
