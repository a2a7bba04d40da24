// Random programs: what the tasks of two pools, spawned tasks and the code around them do. Plain data, so that fast-check
// prints a failing one and makes it smaller. green-run.ts carries a program out, model-run.ts says what must happen.

import fc from 'fast-check';

import type { CancelReason } from '../../src/index.ts';

export const GATES = 4;
export const SIGNALS = 2;

/** Things to wait for that are settled already, in every manner. */
export const SETTLED_KINDS = [
  'value',
  'promise',
  'rejection',
  'subclass',
  'thenable',
  'rejecting thenable',
  'throwing thenable',
  'thenable that settles twice',
] as const;
export type SettledKind = (typeof SETTLED_KINDS)[number];

export type Place = 'pool 0' | 'pool 1' | 'spawn';

/** What both a task and the code around tasks may do; none of it waits. */
export type Action =
  | { readonly op: 'settle gate'; readonly gate: number; readonly ok: boolean }
  | { readonly op: 'abort'; readonly signal: number }
  | { readonly op: 'cancel'; readonly task: number; readonly reason: CancelReason }
  | { readonly op: 'set workers'; readonly pool: number; readonly count: number }
  | { readonly op: 'dump' }
  | { readonly op: 'start'; readonly task: Start };

export interface Start {
  readonly place: Place;
  /** Only for pools. */
  readonly signal: number | null;
  /** Whether the starter waits for it, where that cannot deadlock. */
  readonly join: boolean;
  readonly body: readonly Op[];
}

export type Op =
  | Action
  | { readonly op: 'wait'; readonly gate: number; readonly signal: number | null }
  | { readonly op: 'wait settled'; readonly kind: SettledKind }
  | { readonly op: 'yield' }
  | { readonly op: 'throw' }
  | { readonly op: 'try'; readonly body: readonly Op[]; readonly swallow: boolean; readonly cleanup: readonly Op[] }
  | { readonly op: 'shield' | 'withTimeout' | 'store' | 'shared resource'; readonly body: readonly Op[] };

/** What the code around the tasks does, all at one point of the event loop unless it says otherwise. */
export type Step =
  | Action
  | { readonly op: 'shutdown'; readonly pool: number }
  | { readonly op: 'microtask' }
  | { readonly op: 'turn' };

export interface PoolSize {
  readonly maxWorkers: number;
  readonly maxQueue: number;
}

export interface Program {
  readonly pools: readonly [PoolSize, PoolSize];
  readonly steps: readonly Step[];
}

const gate = fc.nat(GATES - 1);
const signal = fc.nat(SIGNALS - 1);
const maybeSignal = fc.option(signal, { freq: 4 });
const workers = fc.integer({ min: 1, max: 3 });

const { body } = fc.letrec<{ op: Op; body: readonly Op[] }>((tie) => ({
  body: fc.array(tie('op'), { maxLength: 5, size: 'max' }),
  op: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 6, arbitrary: fc.record({ op: fc.constant('wait' as const), gate, signal: maybeSignal }) },
    {
      weight: 3,
      arbitrary: fc.record({ op: fc.constant('wait settled' as const), kind: fc.constantFrom(...SETTLED_KINDS) }),
    },
    { weight: 2, arbitrary: fc.constant({ op: 'yield' as const }) },
    { weight: 1, arbitrary: fc.constant({ op: 'throw' as const }) },
    { weight: 3, arbitrary: simpleAction() },
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
      weight: 3,
      arbitrary: fc.record({
        op: fc.constantFrom('shield' as const, 'withTimeout' as const, 'store' as const, 'shared resource' as const),
        body: tie('body'),
      }),
    },
    { weight: 3, arbitrary: fc.record({ op: fc.constant('start' as const), task: start(tie('body')) }) },
  ),
}));

function simpleAction(): fc.Arbitrary<Action> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ op: fc.constant('settle gate' as const), gate, ok: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('abort' as const), signal }) },
    {
      weight: 4,
      arbitrary: fc.record({
        op: fc.constant('cancel' as const),
        task: fc.nat(7),
        reason: fc.constantFrom<CancelReason[]>('disconnect', 'deadline', 'explicit', 'shutdown'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ op: fc.constant('set workers' as const), pool: fc.nat(1), count: workers }),
    },
    { weight: 1, arbitrary: fc.constant({ op: 'dump' as const }) },
  );
}

function start(tasks: fc.Arbitrary<readonly Op[]>): fc.Arbitrary<Start> {
  return fc.record({
    place: fc.constantFrom<Place[]>('pool 0', 'pool 0', 'pool 1', 'spawn'),
    signal: maybeSignal,
    join: fc.boolean(),
    body: tasks,
  });
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ op: fc.constant('start' as const), task: start(body) }) },
  { weight: 8, arbitrary: simpleAction() },
  { weight: 4, arbitrary: fc.constant({ op: 'turn' as const }) },
  { weight: 4, arbitrary: fc.constant({ op: 'microtask' as const }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('shutdown' as const), pool: fc.nat(1) }) },
);

const poolSize = fc.record({ maxWorkers: workers, maxQueue: fc.nat(3) });

export const program: fc.Arbitrary<Program> = fc.record({
  pools: fc.tuple(poolSize, poolSize),
  steps: fc.array(step, { minLength: 1, maxLength: 14, size: 'max' }),
});

/** Who performs an operation: a task, or the code around the tasks. */
export interface Actor {
  readonly id: string;
  readonly place: Place | null;
  readonly children: Children;
}

/** Names the tasks that an actor starts. */
export class Children {
  readonly #parent: string;
  #count = 0;
  last = '';

  constructor(parent: string) {
    this.#parent = parent;
  }

  next(): string {
    this.last = `${this.#parent}${this.#count++}`;
    return this.last;
  }
}

export const outside = (): Actor => ({ id: '', place: null, children: new Children('') });

/** Whether waiting for a task in `place` cannot deadlock: it runs inline, or its pool never waits for this one. */
export function mayJoin(actor: Actor, place: Place): boolean {
  return place === 'spawn' || actor.place === place || (actor.place === 'pool 0' && place === 'pool 1');
}
