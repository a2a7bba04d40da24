// Runs a function over items, each in a context of its own, at most so many at a time. Items are taken one by one and on
// the contexts of the tasks, never on the caller's stack: a source may wait for its next item, and must not hold up the
// results of those before. Invariant: a task that has no item yet is the only one of its kind (`#taking`).

import { AsyncLocalStorage } from 'node:async_hooks';

import { InvalidOptionError } from '../errors.ts';
import { assertFunction, assertInteger, assertKnownKeys, GREEN_POOL_DEFAULTS, spawn } from '../pool/index.ts';
import type { Outcome, TaskGroup } from './task-group.ts';

export interface ConcurrencyOptions {
  /** How many items are worked on at a time: 1 to 2^53 - 1. Default 100. */
  concurrency?: number;
}

export const CONCURRENCY_DEFAULTS: Readonly<Required<ConcurrencyOptions>> = Object.freeze({
  concurrency: GREEN_POOL_DEFAULTS.maxWorkers,
});

/** Checks what map() and its kin are given; returns the concurrency. */
export function assertFeed(
  call: string,
  fn: unknown,
  items: unknown,
  options: ConcurrencyOptions,
  known: object,
): number {
  assertFunction(`${call} function`, fn);
  if (typeof (items as Iterable<unknown> | null | undefined)?.[Symbol.iterator] !== 'function') {
    throw new InvalidOptionError(`${call} items`, 'an iterable; an async one by way of asyncIter()', items);
  }
  assertKnownKeys(options, known);
  const { concurrency = CONCURRENCY_DEFAULTS.concurrency } = options;
  assertInteger('concurrency', concurrency, 1, Number.MAX_SAFE_INTEGER);
  return concurrency;
}

export class ItemFeed<T, R> {
  readonly #fn: (item: T, index: number) => R;
  readonly #items: Iterable<T>;
  readonly #group: TaskGroup;
  readonly #concurrency: number;
  /** Told of every item's outcome. A failure, which ends the taking, may also be that of the source to give an item. */
  readonly #ended: (index: number, outcome: Outcome<Awaited<R>>) => void;
  #source: Iterator<T> | null = null;
  #asCaller: (fn: () => void) => void = (fn) => fn();
  #running = 0;
  #taking = false;
  #pumping = false;
  #stopped = false;
  /** How many items have been taken. */
  taken = 0;
  /** Up to how many items may be taken. */
  mayTake: number = Number.POSITIVE_INFINITY;

  constructor(
    fn: (item: T, index: number) => R,
    items: Iterable<T>,
    concurrency: number,
    group: TaskGroup,
    ended: (index: number, outcome: Outcome<Awaited<R>>) => void,
  ) {
    this.#fn = fn;
    this.#items = items;
    this.#concurrency = concurrency;
    this.#group = group;
    this.#ended = ended;
  }

  /** Whether nothing more will come. */
  get drained(): boolean {
    return (this.#stopped || this.#group.closed) && this.#running === 0;
  }

  /** Takes the first items. Context side; AsyncLocalStorage stores are the caller's from now on. */
  start(): void {
    this.#source = this.#items[Symbol.iterator]();
    this.#asCaller = AsyncLocalStorage.snapshot();
    this.#pump();
  }

  /** Takes as many items as it may. From any stack. */
  readonly pump = (): void => {
    if (this.#mayTakeOne) this.#asCaller(this.#pump);
  };

  readonly #pump = (): void => {
    this.#pumping = true;
    while (this.#mayTakeOne) this.#startNext();
    this.#pumping = false;
  };

  get #mayTakeOne(): boolean {
    if (this.#stopped || this.#group.closed || this.#taking) return false;
    return this.#running < this.#concurrency && this.taken < this.mayTake;
  }

  /** Closes the source, unless it has ended by itself. After the last task; suspends if the source does. */
  closeSource(): void {
    const source = this.#source;
    this.#source = null;
    source?.return?.();
  }

  #startNext(): void {
    const turn: Turn = { index: -1 };
    this.#running++;
    try {
      const task = spawn(this.#runNext, turn);
      this.#group.add(task.promise, task, (outcome) => {
        this.#running--;
        if (outcome.failed) this.#stopped = true;
        if (turn.index >= 0) this.#ended(turn.index, outcome as Outcome<Awaited<R>>);
        else if (outcome.failed) this.#ended(this.taken, outcome);
        this.pump();
      });
    } catch (error) {
      this.#running--;
      this.#stopped = true;
      this.#ended(this.taken, { failed: true, value: error });
    }
  }

  /** A task. */
  readonly #runNext = (turn: Turn): unknown => {
    const step = this.#take();
    if (step.done === true) {
      this.#stopped = true;
      this.#source = null;
      return undefined;
    }
    turn.index = this.taken++;
    try {
      return this.#fn(step.value, turn.index);
    } catch (error) {
      this.#stopped = true;
      throw error;
    }
  };

  #take(): IteratorResult<T> {
    this.#taking = true;
    try {
      const step = (this.#source as Iterator<T>).next();
      if (!this.#pumping) queueMicrotask(this.pump); // it has waited, and pump() has not
      if (typeof step === 'object' && step !== null) return step;
      throw new TypeError(`Iterator result ${String(step)} is not an object`);
    } catch (error) {
      this.#stopped = true;
      this.#source = null;
      throw error;
    } finally {
      this.#taking = false;
    }
  }
}

interface Turn {
  /** Of the item that a task has taken; -1 before. */
  index: number;
}
