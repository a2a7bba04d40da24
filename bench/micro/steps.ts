// The steps of the cost ladder; switch.ts runs them.

import { run, spawn, wait } from 'greenroom';

export interface Step {
  readonly name: string;
  /** Does what `name` says `turns` times. */
  batch(turns: number): Promise<void>;
}

const FAN_OUT = 10;
const DEPTH = 15;

const settled = Promise.resolve(1);

async function nothing(): Promise<number> {
  return 1;
}

/** Settles in the next microtask: the least that makes wait() suspend. */
const pending = (): Promise<number> => settled.then(one);
const one = (): number => 1;
const waitOnce = (): number => wait(pending());

async function deepAsync(depth: number): Promise<number> {
  return depth === 0 ? await pending() : (await deepAsync(depth - 1)) + 1;
}

function deepGreen(depth: number): number {
  return depth === 0 ? wait(pending()) : deepGreen(depth - 1) + 1;
}

export const STEPS: readonly Step[] = [
  {
    name: 'await of a settled promise',
    async batch(turns) {
      for (let i = 0; i < turns; i++) await settled;
    },
  },
  {
    name: 'await of a promise that settles in the next microtask',
    async batch(turns) {
      for (let i = 0; i < turns; i++) await pending();
    },
  },
  {
    name: 'await of an async function',
    async batch(turns) {
      for (let i = 0; i < turns; i++) await nothing();
    },
  },
  {
    name: 'wait() of a plain value, in a context',
    batch: (turns) =>
      run(() => {
        for (let i = 0; i < turns; i++) wait(1);
      }),
  },
  {
    name: 'wait() of a settled promise, in a context',
    batch: (turns) =>
      run(() => {
        for (let i = 0; i < turns; i++) wait(settled);
      }),
  },
  {
    name: 'wait() of one that settles in the next microtask: suspends',
    batch: (turns) =>
      run(() => {
        for (let i = 0; i < turns; i++) wait(pending());
      }),
  },
  {
    name: 'await run(fn), fn does not wait',
    async batch(turns) {
      for (let i = 0; i < turns; i++) await run(one);
    },
  },
  {
    name: 'await run(fn), fn waits once',
    async batch(turns) {
      for (let i = 0; i < turns; i++) await run(waitOnce);
    },
  },
  {
    name: `one await below ${DEPTH} async functions`,
    async batch(turns) {
      for (let i = 0; i < turns; i++) await deepAsync(DEPTH);
    },
  },
  {
    name: `one wait() below ${DEPTH} plain functions, in a context`,
    batch: (turns) =>
      run(() => {
        for (let i = 0; i < turns; i++) deepGreen(DEPTH);
      }),
  },
  {
    name: `fan-out with Promise.all, each of ${FAN_OUT}`,
    async batch(turns) {
      for (let i = 0; i < turns / FAN_OUT; i++) await Promise.all(Array.from({ length: FAN_OUT }, pending));
    },
  },
  {
    name: `fan-out with spawn() and wait(), each of ${FAN_OUT}`,
    batch: (turns) =>
      run(() => {
        for (let i = 0; i < turns / FAN_OUT; i++) {
          for (const task of Array.from({ length: FAN_OUT }, () => spawn(waitOnce))) wait(task);
        }
      }),
  },
];
