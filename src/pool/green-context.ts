// One stackful context: a stack of its own that runs task after task. Two stacks meet here. The *stepper*
// (the event loop's stack, or another context's) calls step(); the context's own stack runs #main and
// leaves through suspend(). What crosses lies in fields: the native switch itself passes nothing.
//
// Invariant: the context's own stack never owns an entry of Node's async-id stack. The one entry it needs is
// pushed and popped by the stepper, around the native switch (ENGINE.md section 4); async-scope.ts keeps
// to that inside AsyncResource#runInAsyncScope().

import { AsyncResource, executionAsyncId } from 'node:async_hooks';

import { InternalError, NoStackError, WaitForbiddenError } from '../errors.ts';
import { StoreSwaps } from './async-stores.ts';
import { loadBinding, type NativeBinding, switchKind } from './binding.ts';
import { DomainSwaps } from './domain-swaps.ts';
import type { Task } from './task.ts';
import { Waiter } from './waiter.ts';

// Taken before async-scope.ts replaces it, and by steppers always.
const runInAsyncScope = AsyncResource.prototype.runInAsyncScope;

let current: GreenContext | null = null;
let existing = 0;

/**
 * The context whose stack is running, or null on the event loop's own stack.
 */
export function currentContext(): GreenContext | null {
  return current;
}

/**
 * Whether the caller runs in a green context, that is, whether `wait()` may be called. Never suspends.
 *
 * @returns false on the event loop's own stack, in plain callbacks and in `async` functions after their first `await`.
 */
export function inContext(): boolean {
  return current !== null;
}

export class GreenContext {
  task: Task | null = null;
  /** Why the running code must not suspend; see no-suspend.ts. */
  forbidden: readonly [reason: string, remedy: string] | null = null;

  readonly #binding: NativeBinding = loadBinding();
  readonly #index: number;
  #top: AsyncResource | null = null;
  #topId = 0;
  #stepAgain = false;
  #onStepper: (() => void) | null = null;
  #spareWaiter: Waiter | null = null;
  readonly #stores = new StoreSwaps();
  readonly #domains = new DomainSwaps();

  constructor() {
    this.#index = this.#binding.create(this.#main);
    if (this.#index < 0) throw noStack(-this.#index);
    existing++;
  }

  /** Runs `task` until it first suspends or ends. The context must be idle. */
  start(task: Task): void {
    this.task = task;
    this.#top = task.resource;
    this.#topId = task.resource.asyncId();
    this.step();
  }

  /** Runs the context until it suspends or its task ends; then settles the task. Called on the stepper's stack. */
  step(): void {
    const task = this.task as Task;
    const stepper = current;
    task.state = 'running';
    current = this;
    try {
      do {
        this.#stepAgain = false;
        runInAsyncScope.call(this.#top as AsyncResource, this.#binding.resume, undefined, this.#index);
        if (this.#onStepper !== null) this.#serve(stepper);
      } while (this.#stepAgain);
    } finally {
      current = stepper;
    }
    if (this.task !== null) {
      task.state = 'waiting';
      return;
    }
    task.state = 'finished';
    this.#top = null;
    task.settle();
    task.resource.emitDestroy();
    task.owner?.taskFinished(this, task);
  }

  /** Gives the stack back. The context must be idle. */
  release(): void {
    existing--;
    this.#binding.resume(this.#index);
  }

  /** Throws if the running code must not suspend. Context side. */
  assertMaySuspend(): void {
    if (this.forbidden !== null) throw new WaitForbiddenError(...this.forbidden);
    if ((process as { _exiting?: boolean })._exiting === true) {
      throw new WaitForbiddenError('the process is exiting', 'Do this work before process.exit().');
    }
    if (executionAsyncId() !== this.#topId) {
      throw new WaitForbiddenError(
        'a native callback scope is open below this call (node::MakeCallback, napi_make_callback or a captured ' +
          'AsyncResource.prototype.runInAsyncScope)',
        'Leave that callback first, for example with setImmediate().',
      );
    }
  }

  /** Leaves this stack until the next step(). Context side. */
  suspend(): void {
    this.#stores.leave();
    this.#domains.leave();
    this.#binding.suspend(true);
    this.#domains.enter();
    this.#stores.enter();
  }

  /** Runs `fn` on the event loop's stack and comes straight back. Context side. */
  callOnMain<R>(fn: () => R): R {
    let outcome: { value: R } | { error: unknown } | undefined;
    this.#onStepper = () => {
      try {
        outcome = { value: fn() };
      } catch (error) {
        outcome = { error };
      }
    };
    this.#stepAgain = true;
    this.#binding.suspend(true);
    if (outcome === undefined) throw new InternalError('A call on the main stack gave no outcome');
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  /** AsyncResource#runInAsyncScope() for code in this context. Context side. */
  runUnder(resource: AsyncResource, fn: (...args: unknown[]) => unknown, thisArg: unknown, args: unknown[]): unknown {
    if (executionAsyncId() !== this.#topId) {
      // Below a native callback scope only a nested entry is right; waiting in it is refused.
      return Reflect.apply(runInAsyncScope, resource, [fn, thisArg, ...args]);
    }
    const outerTop = this.#top as AsyncResource;
    const frame = this.#binding.getAsyncFrame();
    this.#moveTo(resource);
    this.#stores.push(resource);
    try {
      return Reflect.apply(fn, thisArg, args);
    } finally {
      this.#stores.pop();
      this.#moveTo(outerTop);
      this.#binding.setAsyncFrame(frame);
    }
  }

  // Flat: the stepper pops the old top and pushes the new one, so only one entry exists at any depth.
  #moveTo(resource: AsyncResource): void {
    this.#top = resource;
    this.#topId = resource.asyncId();
    this.#stepAgain = true;
    this.#binding.suspend(false);
  }

  #serve(stepper: GreenContext | null): void {
    const fn = this.#onStepper as () => void;
    this.#onStepper = null;
    if (stepper === null) {
      current = null;
      fn();
    } else {
      current = stepper;
      stepper.callOnMain(fn);
    }
    current = this;
  }

  // The context's own stack. Waiting here, idle, keeps V8's per-thread state for the next task.
  readonly #main = (): void => {
    while (this.task !== null) {
      this.#runTask(this.task);
      this.task = null;
      this.#binding.suspend(false); // the next task comes with an async frame of its own
    }
  };

  #runTask(task: Task): void {
    this.#domains.begin();
    try {
      const result = task.run();
      task.value = isThenable(result) ? this.waitFor(result) : result;
    } catch (error) {
      task.failed = true;
      task.value = error;
    }
  }

  /** Suspends until `thenable` settles. Context side. */
  waitFor<T>(thenable: PromiseLike<T>): T {
    this.assertMaySuspend();
    const waiter = this.#spareWaiter ?? new Waiter(this);
    this.#spareWaiter = null;
    waiter.subscribe(thenable);
    try {
      return waiter.wait() as T;
    } finally {
      // A wait that found no stack left to suspend on has failed, while its promise still holds the waiter.
      if (waiter.reset()) this.#spareWaiter = waiter;
    }
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

function noStack(errno: number): NoStackError {
  const byMemoryMaps = switchKind() === 'id';
  return new NoStackError(
    `errno ${errno}`,
    existing,
    byMemoryMaps
      ? 'vm.max_map_count (two maps a context) or the memory limit'
      : 'the thread limit (ulimit -u, pids.max)',
  );
}
