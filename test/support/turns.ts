// Letting the event loop go round, and ending a context the hard way, for tests of what contexts share.

import { CancelledError, run, spawn } from '../../src/index.ts';
import { currentContext, type GreenContext } from '../../src/pool/index.ts';

export const later = <T>(value: T): Promise<T> => new Promise((resolve) => setImmediate(resolve, value));

export const never = (): Promise<never> => new Promise(() => {});

export async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn++) await later(undefined);
}

export interface Doomed {
  /** Ends the task without running more of it, as a pool does whose shutdown() was ignored. It must be waiting. */
  destroy(): void;
  readonly outcome: Promise<PromiseSettledResult<unknown>[]>;
}

export function spawnDoomed(fn: () => unknown): Doomed {
  let context: GreenContext | null = null;
  const task = spawn(() => {
    context = currentContext();
    return fn();
  });
  const outcome = Promise.allSettled([task.promise]);
  return { destroy: () => context?.discard(new CancelledError('shutdown')), outcome };
}

/** Whether `fn` suspends when called in a context. */
export async function suspends(fn: () => unknown): Promise<boolean> {
  return run(() => {
    const task = currentContext()?.task;
    const before = task?.waits;
    fn();
    return task?.waits !== before;
  });
}
