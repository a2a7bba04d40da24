// What a task, its cancellation and its pool must do, with a generator in the place of a stack. Simple rather than fast.

import type { CancelReason } from '../../src/index.ts';
import { FULFILLED, type Job, type ModelLoop, ModelPromise, type Outcome } from './model-loop.ts';
import type { Place } from './program.ts';

export type Steps<R = void> = Generator<undefined, R, undefined>;

/** An error by the name that describeError() gives the real one. */
export class ModelError extends Error {}

export class ModelScope {
  readonly shielded: boolean;
  reason: CancelReason | null = null;
  delivered = false;

  constructor(shielded = false) {
    this.shielded = shielded;
  }
}

/** One suspension. Settled at most once; what comes later reaches nobody. */
export class ModelWaiter {
  outcome: Outcome | 'interrupted' | null = null;
  /** Whether its task is suspended on it, and how that is woken up. */
  wake: Job | null = null;

  settle(outcome: Outcome | 'interrupted'): void {
    if (this.outcome !== null) return;
    this.outcome = outcome;
    this.wake?.();
  }
}

export class ModelTask {
  readonly place: Place;
  readonly promise: ModelPromise;
  state: 'queued' | 'running' | 'waiting' | 'finished' = 'queued';
  readonly root: ModelScope = new ModelScope();
  /** Innermost last. */
  readonly scopes: ModelScope[] = [this.root];
  readonly #loop: ModelLoop;
  readonly #pool: ModelPool | null;
  readonly #steps: Steps;
  #waiter: ModelWaiter | null = null;
  /** Called when it ends, before anybody learns of that. */
  onEnd: Job | null = null;

  constructor(loop: ModelLoop, place: Place, pool: ModelPool | null, run: (task: ModelTask) => Steps) {
    this.#loop = loop;
    this.place = place;
    this.#pool = pool;
    this.#steps = run(this);
    this.promise = new ModelPromise(loop);
  }

  /** Runs to the next suspension, or to the end. */
  step(): void {
    this.state = 'running';
    let outcome: Outcome = FULFILLED;
    try {
      if (this.#steps.next().done !== true) {
        this.state = 'waiting';
        return;
      }
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      outcome = { ok: false, error: error.message };
    }
    this.#end(outcome);
    this.#pool?.finished(this, outcome);
  }

  cancel(reason: CancelReason): boolean {
    if (this.state === 'finished') return false;
    const queued = this.state === 'queued';
    this.cancelScope(this.root, reason);
    if (queued) {
      this.#pool?.removeQueued(this);
      this.#end({ ok: false, error: `cancelled ${this.root.reason}` });
    }
    return true;
  }

  /** The first request counts. Wakes the task if it waits and has to hear of it. */
  cancelScope(scope: ModelScope, reason: CancelReason): void {
    if (scope.reason !== null) return;
    scope.reason = reason;
    const waiter = this.#waiter;
    if (this.state !== 'waiting' || waiter === null || this.#dueScope() === null || waiter.outcome !== null) return;
    waiter.wake = () => this.#loop.microtask(() => this.step());
    waiter.settle('interrupted');
  }

  throwIfCancelled(): void {
    const scope = this.#dueScope();
    if (scope === null) return;
    scope.delivered = true;
    throw new ModelError(`cancelled ${scope.reason}`);
  }

  /** Suspends until `waiter` is settled; `wake` says how the task goes on then. */
  *suspend(waiter: ModelWaiter, wake: Job): Steps {
    try {
      this.throwIfCancelled();
    } catch (error) {
      waiter.outcome = 'interrupted';
      throw error;
    }
    if (waiter.outcome === null) {
      waiter.wake = wake;
      this.#waiter = waiter;
      yield;
      this.#waiter = null;
    }
    const { outcome } = waiter;
    if (outcome === 'interrupted') this.throwIfCancelled();
    else if (outcome?.ok === false) throw new ModelError(outcome.error);
  }

  #dueScope(): ModelScope | null {
    for (const scope of this.scopes.toReversed()) {
      if (scope.reason !== null && !scope.delivered) return scope;
      if (scope.shielded) return null;
    }
    return null;
  }

  #end(outcome: Outcome): void {
    this.state = 'finished';
    this.onEnd?.();
    this.promise.settle(outcome);
  }
}

export class ModelPool {
  maxWorkers: number;
  readonly maxQueue: number;
  readonly queue: ModelTask[] = [];
  closed = false;
  active = 0;
  peak = 0;
  completed = 0;
  failed = 0;
  rejected = 0;
  cancelled = 0;
  #feeding = false;

  constructor(maxWorkers: number, maxQueue: number) {
    this.maxWorkers = maxWorkers;
    this.maxQueue = maxQueue;
  }

  /** Throws if a task would be refused. */
  admit(): void {
    if (this.closed) throw new ModelError('GREEN_ERR_POOL_CLOSED');
    if (this.active < this.maxWorkers || this.queue.length < this.maxQueue) return;
    this.rejected++;
    throw new ModelError('GREEN_ERR_POOL_FULL');
  }

  dispatch(task: ModelTask): void {
    if (this.active < this.maxWorkers && this.queue.length === 0) this.#start(task);
    else this.queue.push(task);
  }

  removeQueued(task: ModelTask): void {
    this.queue.splice(this.queue.indexOf(task), 1);
    this.failed++;
    this.cancelled++;
  }

  finished(task: ModelTask, outcome: Outcome): void {
    if (outcome.ok) this.completed++;
    else {
      this.failed++;
      if (task.root.reason !== null && outcome.error.startsWith('cancelled')) this.cancelled++;
    }
    this.active--;
    this.feed();
  }

  /** Starts what is queued: first come, first served, each up to its first wait before the next one starts. */
  feed(): void {
    if (this.#feeding) return;
    this.#feeding = true;
    while (this.active < this.maxWorkers && this.queue.length > 0) this.#start(this.queue.shift() as ModelTask);
    this.#feeding = false;
  }

  #start(task: ModelTask): void {
    this.active++;
    this.peak = Math.max(this.peak, this.active);
    task.step();
  }
}
