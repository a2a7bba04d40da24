// submit() with a timeout or a signal.

import type { CancelReason } from '../errors.ts';
import { currentContext } from './green-context.ts';
import type { SubmitOptions } from './green-pool-options.ts';
import { PromiseTask, type Task } from './task.ts';

type Cancel = (reason: CancelReason, cause: unknown) => void;

export class LimitedTask<R> extends PromiseTask<R> {
  readonly #limits: SubmitOptions;
  #disarm: (() => void) | null = null;

  constructor(fn: () => R, limits: SubmitOptions) {
    super(fn, undefined, []);
    this.#limits = limits;
    this.priority = limits.priority ?? 0;
    this.queueTimeoutMs = limits.queueTimeout ?? null;
  }

  override get label(): string | null {
    return this.#limits.label ?? null;
  }

  /** Starts the clock, unless the task has ended already. */
  arm(): void {
    if (this.state === 'finished') return;
    this.#disarm = arm(this.#limits, (reason, cause) => this.requestCancel(reason, cause));
  }

  override settle(): void {
    this.#disarm?.();
    super.settle();
  }
}

/** The same for a submit() that runs in its caller's context. */
export function runInlineWithLimits<R>(fn: () => R, limits: SubmitOptions): R {
  const task = currentContext()?.task as Task;
  return task.runInScope(false, (scope) => {
    scope.disarm = arm(limits, (reason, cause) => scope.cancel(reason, cause));
    return fn();
  });
}

function arm({ timeout, signal }: SubmitOptions, cancel: Cancel): () => void {
  const timer = timeout === undefined ? undefined : setTimeout(() => cancel('deadline', undefined), timeout);
  const onAbort = (): void => cancel('explicit', signal?.reason);
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
}
