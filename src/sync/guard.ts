// Giving back what was taken: by `using`, by hand, or because the task that has it is destroyed.

import { currentContext, type Held, type Task } from '../pool/index.ts';

/** Gives back what was taken: by `using`, or by hand. Again, it does nothing. Never suspends. */
export interface SyncGuard extends Disposable {
  release(): void;
}

function anybodyMay(): void {}

/** A guard that calls `giveBack` the first time; before that `check`, which throws if the caller must not. */
export function guardOf(giveBack: () => void, check: () => void = anybodyMay): SyncGuard {
  let released = false;
  const release = (): void => {
    if (released) return;
    check();
    released = true;
    giveBack();
  };
  return { release, [Symbol.dispose]: release };
}

/**
 * Calls `fn`, then `giveBack`; when the task is destroyed in `fn`, and runs no `finally`, `leftBy`, which must not throw.
 * In a context.
 */
export function holding<R>(giveBack: () => void, fn: () => R, leftBy: () => void = giveBack): R {
  const task = currentContext()?.task as Task;
  const held: Held = { leftBy };
  hold(task, held);
  try {
    return fn();
  } finally {
    task.held?.delete(held);
    giveBack();
  }
}

/** From now on `held` hears when `task` ends. */
export function hold(task: Task, held: Held): void {
  task.held ??= new Set();
  task.held.add(held);
}

/** Warns that a lock, as its description says, was not given back. */
export function warnLeft(lock: string): void {
  process.emitWarning(`${lock}: its holder ended without giving it back; the next one gets it.`, {
    code: 'GREEN_WARN_LOCK_LEFT',
  });
}
