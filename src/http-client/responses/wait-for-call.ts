// A promise's outcome in sync style, for a call that must not begin its work where it cannot wait for it.

import { newWaiter } from '../../pool/index.ts';

/** Suspends the context until what `start` gives has settled; `start` is not called outside one. */
export function waitForCall<T>(call: string, start: () => PromiseLike<T>): T {
  const waiter = newWaiter(call);
  waiter.subscribe(start());
  return waiter.wait() as T;
}
