// One stackful context: a stack of its own that runs task after task. Two stacks meet here. The *stepper*
// (the event loop's stack, or another context's) calls step(); the context's own stack runs #main and
// leaves through suspend(). What crosses lies in fields: the native switch itself passes nothing.
//
// Invariant: the context's own stack never owns an entry of Node's async-id stack. The one entry it needs is
// pushed and popped by the stepper, around the native switch (ENGINE.md section 4); async-scope.ts keeps
// to that inside AsyncResource#runInAsyncScope().

import { AsyncResource, executionAsyncId } from 'node:async_hooks';

import { type CancelledError, InternalError, NoStackError, WaitForbiddenError } from '../errors.ts';
import { StoreSwaps } from './async-stores.ts';
import { loadBinding, type NativeBinding } from './binding.ts';
import { dueScope } from './cancel-scope.ts';
import { DomainSwaps } from './domain-swaps.ts';
import type { Task, TaskOwner } from './task.ts';
import { publishResume, publishStart, publishSuspend } from './task-channels.ts';
import { isPlainPromise, isThenable } from './thenable.ts';
import { userFrames } from './user-frames.ts';
import { Waiter } from './waiter.ts';
import { warnLongRun } from './warnings.ts';

// Taken before async-scope.ts replaces it, and by steppers always.
const runInAsyncScope = AsyncResource.prototype.runInAsyncScope;

// A cancelled context that goes on swallowing what its waits throw, without ever suspending, would hold the loop.
const MAX_SWALLOWED_CANCELLATIONS = 1000;

// How many waits on settled promises may return at once before one really yields; tokio's cooperative budget is 128 too.
const WAITS_WITHOUT_YIELDING = 128;

const DUMP_FRAMES = 100;
const VISIT: string[] = [];

let current: GreenContext | null = null;
const existing = new Set<GreenContext>();

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

/** Every context of this environment, idle ones included. */
export function allContexts(): ReadonlySet<GreenContext> {
  return existing;
}

let lastId = 0;

export class GreenContext {
  /** Numbers contexts in dumps; never used again in this environment. */
  readonly id: number = ++lastId;
  task: Task | null = null;
  /** What the context is suspended on; null while it runs. */
  waiter: Waiter | null = null;
  /** Why the running code must not suspend; see no-suspend.ts. */
  forbidden: readonly [reason: string, remedy: string] | null = null;
  /** How many of Node's own blocking functions are running here: what they call must block, too. */
  blockingDepth = 0;

  readonly #binding: NativeBinding = loadBinding();
  readonly #sliceClock: Float64Array = this.#binding.sliceClock;
  readonly #index: number;
  #top: AsyncResource | null = null;
  #topId = 0;
  #stepAgain = false;
  #onStepper: (() => void) | null = null;
  #spareWaiter: Waiter | null = null;
  #failed = false;
  #outcome: unknown = undefined;
  #swallowed = 0;
  #gaveUp: CancelledError | null = null;
  #frames: string[] | null = null;
  #budget = WAITS_WITHOUT_YIELDING;
  readonly #stores = new StoreSwaps();
  readonly #domains = new DomainSwaps();

  constructor() {
    const created = this.#binding.create(this.#main);
    if (typeof created === 'string') throw new NoStackError(existing.size, created);
    this.#index = created;
    existing.add(this);
  }

  /** Runs `task` until it first suspends or ends. The context must be idle. */
  start(task: Task): void {
    this.task = task;
    task.context = this;
    // A task that never queued starts as it is made: one reading of the clock does for both.
    task.startedAtMs = task.previouslyQueued ? performance.now() : task.queuedAtMs;
    this.#swallowed = 0;
    publishStart(task);
    this.#top = task.resource;
    this.#topId = task.resource.asyncId();
    this.step();
  }

  /** Runs the context until it suspends or its task ends; then settles the task. Called on the stepper's stack. */
  step(): void {
    const task = this.task as Task;
    const stepper = current;
    if (task.state === 'waiting') publishResume(task);
    task.state = 'running';
    // A context that starts another one is inside its resources meanwhile, and the other may enter them too.
    if (stepper !== null) stepper.#stores.leave();
    current = this;
    let ranMs = 0;
    try {
      do {
        this.#stepAgain = false;
        runInAsyncScope.call(this.#top as AsyncResource, this.#binding.resume, undefined, this.#index);
        ranMs += this.#sliceClock[0] as number;
        if (this.#onStepper !== null) this.#serve(stepper);
      } while (this.#stepAgain);
    } finally {
      current = stepper;
      if (stepper !== null) stepper.#stores.enter();
    }
    task.addSlice(ranMs, this.#sliceClock[1] as number);
    if (this.#gaveUp !== null) {
      this.discard(this.#gaveUp);
      return;
    }
    if (this.task !== null) {
      task.state = 'waiting';
      task.waits++;
      publishSuspend(task);
      if (ranMs > (task.owner as TaskOwner).longRunMs) warnLongRun(task, ranMs, this.suspendedFrames());
      return;
    }
    if (ranMs > (task.owner as TaskOwner).longRunMs) warnLongRun(task, ranMs, []);
    this.#top = null;
    const outcome = this.#outcome;
    this.#outcome = undefined;
    task.end(this.#failed, outcome);
    task.owner?.taskFinished(this, task);
  }

  /** Whether the context waits and its stack can be looked at. */
  get waiting(): boolean {
    return this.task?.state === 'waiting';
  }

  /** Whether this very stack is the one that runs, rather than one below it. */
  get running(): boolean {
    return current === this;
  }

  /** Resumes a waiting context so that its wait throws the cancellation that is due. From any callback. */
  interrupt(): void {
    this.waiter?.interrupt();
  }

  /** Ends a waiting context without running more of its JavaScript; `error` becomes its task's outcome. */
  discard(error: CancelledError): void {
    const task = this.task as Task;
    this.waiter?.abandon();
    this.waiter = null;
    existing.delete(this);
    this.#binding.discard(this.#index);
    task.end(true, error);
    task.owner?.taskFinished(null, task);
  }

  /** Gives the stack back. The context must be idle. */
  release(): void {
    existing.delete(this);
    this.#binding.resume(this.#index);
  }

  /** Gives stack pages that only deep calls of earlier tasks touched back to the system. The context must be idle. */
  trim(): void {
    this.#binding.trim(this.#index);
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

  /** Whether assertMaySuspend() would not throw. */
  get maySuspend(): boolean {
    if (this.forbidden !== null || executionAsyncId() !== this.#topId) return false;
    return (process as { _exiting?: boolean })._exiting !== true;
  }

  /** Throws the cancellation that the running code must hear of now, if any. Context side. */
  throwIfCancelled(): void {
    const task = this.task as Task;
    if (!task.cancelRequested) return;
    const scope = dueScope(task.innermostScope);
    if (scope === null) return;
    const error = scope.deliver();
    if (scope.insistent && ++this.#swallowed > MAX_SWALLOWED_CANCELLATIONS) {
      this.#gaveUp = error;
      this.#binding.suspend(true); // for good: the stepper discards this context
    }
    throw error;
  }

  /**
   * The frames that a waiting context is suspended in, innermost first. Stepper side: switches to the stack, which
   * looks at itself and comes straight back, so that a wait pays nothing for it.
   */
  suspendedFrames(): string[] {
    this.#frames = VISIT;
    this.#binding.resume(this.#index);
    const frames = this.#frames;
    this.#frames = null;
    return frames;
  }

  /** Leaves this stack until the next step(). Context side. */
  suspend(): void {
    this.#stores.leave();
    this.#domains.leave();
    this.#binding.suspend(true);
    while (this.#frames !== null) {
      this.#frames = userFrames(DUMP_FRAMES);
      this.#binding.suspend(true);
    }
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
      const begin = (task.owner as TaskOwner).taskBegins;
      if (begin !== null) begin(task);
      const result = task.run();
      this.#outcome = isThenable(result) ? this.waitFor(result) : result;
      this.#failed = false;
    } catch (error) {
      this.#outcome = error;
      this.#failed = true;
    }
  }

  #isFulfilled(thenable: PromiseLike<unknown>): boolean {
    return this.#binding.promiseState(thenable) === 1 && isPlainPromise(thenable);
  }

  /** Suspends until `thenable` settles. Context side. */
  waitFor<T>(thenable: PromiseLike<T>): T {
    // A promise that has its value needs no switch. Within bounds: a loop over such promises must not starve others.
    // In a no-suspend region it is refused like any other, so that what is refused does not depend on timing.
    if (this.#budget > 0 && this.forbidden === null && this.#isFulfilled(thenable)) {
      this.#budget--;
      this.throwIfCancelled();
      return this.#binding.promiseResult(thenable) as T;
    }
    this.assertMaySuspend();
    this.#budget = WAITS_WITHOUT_YIELDING;
    const waiter = this.takeWaiter();
    waiter.subscribe(thenable);
    try {
      return waiter.wait() as T;
    } finally {
      this.giveBack(waiter);
    }
  }

  /** A waiter that is free, or a new one. Context side. */
  takeWaiter(): Waiter {
    const waiter = this.#spareWaiter ?? new Waiter(this);
    this.#spareWaiter = null;
    return waiter;
  }

  /** Keeps the waiter for the next wait, if nobody will report to it any more. */
  giveBack(waiter: Waiter): void {
    if (!waiter.reusable) return;
    waiter.reset();
    this.#spareWaiter = waiter;
  }
}
