// `errors: 'collect'`: outcomes as Promise.allSettled() gives them, and no failure ends the others.

import { assertOneOf, isThenable, wait } from '../pool/index.ts';
import type { Outcome } from './task-group.ts';

export interface ErrorsOptions {
  /**
   * `'throw'` (the default): the first error cancels the rest, and is thrown when all have ended. `'collect'`: all run to
   * their end, and their outcomes come as `Promise.allSettled()` gives them.
   */
  errors?: 'throw' | 'collect';
}

export function assertErrors({ errors }: ErrorsOptions): void {
  if (errors !== undefined) assertOneOf('errors', errors, ['throw', 'collect']);
}

export function settled<R>({ failed, value }: Outcome<R>): PromiseSettledResult<R> {
  return failed ? { status: 'rejected', reason: value } : { status: 'fulfilled', value: value as R };
}

/** `fn`, which gives its failures as results. In a context. */
export function settling<A extends unknown[]>(
  fn: (...args: A) => unknown,
): (...args: A) => PromiseSettledResult<unknown> {
  return (...args) => {
    try {
      const value = fn(...args);
      return settled({ failed: false, value: isThenable(value) ? wait(value) : value });
    } catch (error) {
      return settled({ failed: true, value: error });
    }
  };
}
