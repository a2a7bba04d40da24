// The two ways to run a call: in a green context, which is suspended at every step, or as a promise. The call itself, a
// generator, does not know which.

import { newWaiter, type Waiter } from '../../pool/index.ts';
import type { Step } from '../exchange/step.ts';

/** What a call waits for, step by step, and what it comes to. */
export type Flow<T> = Generator<Step, T, void>;

/**
 * Runs `flow` in the current context, on behalf of the public function `name`. Suspends it at each step; at the first with
 * the waiter `first`. `onAbandon` is called when the context is destroyed meanwhile.
 */
export function driveGreen<T>(flow: Flow<T>, first: Waiter, name: string, onAbandon: () => void): T {
  let waiter: Waiter | null = first;
  let next = flow.next();
  while (next.done !== true) {
    const step = next.value;
    try {
      waiter ??= newWaiter(name);
      waiter.onAbandon = onAbandon; // a context that is destroyed runs no `finally`
      step.start(waiter);
      step.pump?.();
      waiter.wait();
      waiter.giveBack(); // a step tells its owner once
    } catch (error) {
      step.abandon();
      waiter = null;
      next = flow.throw(error);
      continue;
    }
    waiter = null;
    next = flow.next();
  }
  return next.value;
}

/** Runs `flow` as a promise. */
export async function driveAsync<T>(flow: Flow<T>): Promise<T> {
  let next = flow.next();
  while (next.done !== true) {
    const step = next.value;
    try {
      await new Promise<void>((resolve) => {
        step.start({ fulfil: () => resolve() });
      });
    } catch (error) {
      step.abandon();
      next = flow.throw(error);
      continue;
    }
    next = flow.next();
  }
  return next.value;
}
