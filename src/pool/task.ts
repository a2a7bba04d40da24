// A Task is one piece of work for a context: what to run, on whose behalf (its async resource), and what
// to do with the outcome. Fixed shape, and no closure that captures the task: such a cycle survives
// scavenges and costs a request kilobytes of promoted garbage (docs/how-it-works.md).

import { AsyncResource } from 'node:async_hooks';

import type { CancelReason } from '../errors.ts';
import { CancelScope, DEFAULT_CLEANUP_TIMEOUT_MS, dueScope } from './cancel-scope.ts';
import type { GreenContext } from './green-context.ts';
import type { Worker } from './nested-work.ts';
import { publishEnd } from './task-channels.ts';
import { MONOTONIC_ORIGIN_MS, type TaskTimes } from './task-times.ts';

export type TaskState = 'queued' | 'running' | 'waiting' | 'finished';

const RESOURCE_OPTIONS = Object.freeze({ requireManualDestroy: true });

/** What owns a task while it runs: told when the task has left the queue unrun, and when it has ended. */
export interface TaskOwner {
  /** Names the pool in dumps; null for spawned tasks. */
  readonly name: string | null;
  readonly cleanupTimeoutMs: number;
  /** Above how many milliseconds an uninterrupted run is warned of; Infinity for never. */
  readonly longRunMs: number;
  removeQueued(task: Task): void;
  /** Called in the context, before the task runs; null for nothing. */
  readonly taskBegins: ((task: Task) => void) | null;
  /** `context` is free again, or null if it had to be destroyed with the task. */
  taskFinished(context: GreenContext | null, task: Task): void;
}

/** Who holds things: a task, or what outlives it, such as a reply that is an iterator. */
export interface Holder {
  /** What it must give back when it ends, however it does; null while there is none. */
  held: Set<Held> | null;
}

/** A lock, say. */
export interface Held {
  /** @internal `holder` has ended and not given it back: it was destroyed, or forgot. */
  leftBy(holder: Holder): void;
  /** @internal Changes hands. Only what may outlive its task has this: a lock has not. */
  passTo?(heir: Holder): void;
}

/** Hands over to `to` what `from` holds and may outlive it. */
export function passHeld(from: Holder, to: Holder): void {
  if (from.held !== null) for (const each of from.held) each.passTo?.(to);
}

/** For a holder that has ended. */
export function leaveHeld(holder: Holder): void {
  if (holder.held !== null) for (const each of holder.held) each.leftBy(holder);
}

export abstract class Task implements Holder {
  state: TaskState = 'queued';
  failed = false;
  value: unknown = undefined;
  /** Set by who starts or queues the task. */
  owner: TaskOwner | null = null;
  /** The context that runs the task, from start to end. */
  context: GreenContext | null = null;
  /** Set by who queues the task: higher ones leave the queue first. */
  priority: number = 0;
  /** Milliseconds it may queue, 0 for ever; null as the pool says. */
  queueTimeoutMs: number | null = null;
  /** When it leaves the queue unrun, as performance.now(). */
  queuedUntilMs: number = Number.POSITIVE_INFINITY;
  /** The worker it holds, where the pool looks after nested work. */
  worker: Worker | null = null;
  /** What it must give back when it ends, however it does; null while there is none, as in nearly every task. */
  held: Set<Held> | null = null;
  previousQueued: Task | null = null;
  nextQueued: Task | null = null;
  /** Names the work in dumps and warnings: a route, say. */
  get label(): string | null {
    return null;
  }
  /** When it was made, when it started, and when its last slice ended, as performance.now(). */
  readonly queuedAtMs: number = performance.now();
  startedAtMs = 0;
  sliceEndedAtMs = 0;
  ranMs = 0;
  longestRunMs = 0;
  waits = 0;
  previouslyQueued = false;
  /** Whether any scope around the running code has been cancelled. */
  cancelRequested = false;
  /** The innermost scope that the running code is in; null while there is none, as in nearly every task. */
  scope: CancelScope | null = null;
  #root: CancelScope | null = null;
  /** Takes the AsyncLocalStorage stores of whoever creates the task. */
  readonly resource: AsyncResource = new AsyncResource('GREENROOM_TASK', RESOURCE_OPTIONS);

  /** The work. Runs in a context. */
  abstract run(): unknown;

  /** Called once, on the stepper's stack, with `failed` and `value` set. Must not throw. */
  abstract settle(): void;

  /** Notes an uninterrupted run, told in the native side's clock. */
  addSlice(ranMs: number, endedMonotonicMs: number): void {
    this.ranMs += ranMs;
    this.sliceEndedAtMs = endedMonotonicMs - MONOTONIC_ORIGIN_MS;
    if (ranMs > this.longestRunMs) this.longestRunMs = ranMs;
  }

  /** Until now, or until the task ended. */
  get times(): TaskTimes {
    const { queuedAtMs, startedAtMs, ranMs, longestRunMs, waits } = this;
    const nowMs = this.state === 'finished' ? this.sliceEndedAtMs : performance.now();
    const started = startedAtMs > 0;
    return {
      queuedMs: (started ? startedAtMs : nowMs) - queuedAtMs,
      ranMs,
      longestRunMs,
      waitedMs: started ? Math.max(0, nowMs - startedAtMs - ranMs) : 0,
      waits,
    };
  }

  /** Cancels the whole task; false if it has ended already. */
  requestCancel(reason: CancelReason, cause?: unknown): boolean {
    if (this.state === 'finished') return false;
    const root = this.#rootScope();
    root.cancel(reason, cause);
    if (this.state === 'queued') {
      this.owner?.removeQueued(this);
      this.end(true, root.deliver());
    }
    return true;
  }

  /** Wakes the task's context if it waits and has a cancellation to hear of. */
  deliverCancellation(): void {
    if (this.state === 'waiting' && dueScope(this.innermostScope) !== null) this.context?.interrupt();
  }

  get innermostScope(): CancelScope | null {
    return this.scope ?? this.#root;
  }

  /** Runs `fn` inside a scope of its own. Context side. */
  runInScope<R>(shielded: boolean, fn: (scope: CancelScope) => R): R {
    // The root comes first, or a later request could not reach past this scope.
    const outer = this.scope ?? this.#rootScope();
    const scope = new CancelScope(this, outer, this.#cleanupTimeoutMs, shielded);
    const before = this.scope;
    this.scope = scope;
    try {
      return fn(scope);
    } finally {
      scope.end();
      this.scope = before;
      this.cancelRequested = anyRequested(outer);
    }
  }

  /** Takes the outcome and tells who asked for it. Stepper side. */
  end(failed: boolean, value: unknown): void {
    this.state = 'finished';
    this.failed = failed;
    this.value = value;
    this.context = null;
    if (this.startedAtMs === 0) this.sliceEndedAtMs = performance.now(); // it has never left the queue
    if (this.worker !== null) this.worker.held = false;
    leaveHeld(this);
    for (let scope = this.innermostScope; scope !== null; scope = scope.outer) scope.end();
    publishEnd(this);
    this.settle();
    this.resource.emitDestroy();
  }

  #rootScope(): CancelScope {
    this.#root ??= new CancelScope(this, null, this.#cleanupTimeoutMs);
    return this.#root;
  }

  get #cleanupTimeoutMs(): number {
    return this.owner?.cleanupTimeoutMs ?? DEFAULT_CLEANUP_TIMEOUT_MS;
  }
}

/** A task whose outcome is a promise. */
export class PromiseTask<R> extends Task {
  readonly promise: Promise<Awaited<R>>;
  #resolve!: (value: Awaited<R>) => void;
  #reject!: (error: unknown) => void;
  readonly #fn: (...args: unknown[]) => R;
  readonly #thisArg: unknown;
  readonly #args: readonly unknown[];

  constructor(fn: (...args: unknown[]) => R, thisArg: unknown, args: readonly unknown[]) {
    super();
    this.#fn = fn;
    this.#thisArg = thisArg;
    this.#args = args;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve as (value: Awaited<R>) => void;
      this.#reject = reject;
    });
  }

  override run(): unknown {
    return Reflect.apply(this.#fn, this.#thisArg, this.#args);
  }

  override settle(): void {
    if (this.failed) this.#reject(this.value);
    else this.#resolve(this.value as Awaited<R>);
  }
}

function anyRequested(innermost: CancelScope | null): boolean {
  for (let scope = innermost; scope !== null; scope = scope.outer) {
    if (scope.requested) return true;
  }
  return false;
}
