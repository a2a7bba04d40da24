// A Task is one piece of work for a context: what to run, on whose behalf (its async resource), and what
// to do with the outcome. Fixed shape, and no closure that captures the task: such a cycle survives
// scavenges and costs a request kilobytes of promoted garbage (ENGINE.md section 1, GC trap).

import { AsyncResource } from 'node:async_hooks';

import type { GreenContext } from './green-context.ts';

export type TaskState = 'queued' | 'running' | 'waiting' | 'finished';

const RESOURCE_OPTIONS = Object.freeze({ requireManualDestroy: true });

/**
 * What owns a task while it runs: told when the task's context is free again.
 */
export interface TaskOwner {
  taskFinished(context: GreenContext, task: Task): void;
}

export abstract class Task {
  state: TaskState = 'queued';
  failed = false;
  value: unknown = undefined;
  /** Set by who starts or queues the task. */
  owner: TaskOwner | null = null;
  /** Takes the AsyncLocalStorage stores of whoever creates the task. */
  readonly resource: AsyncResource = new AsyncResource('GREENROOM_TASK', RESOURCE_OPTIONS);

  /** The work. Runs in a context. */
  abstract run(): unknown;

  /** Called once, on the stepper's stack, with `failed` and `value` set. Must not throw. */
  abstract settle(): void;
}

/**
 * A task whose outcome is a promise.
 */
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
