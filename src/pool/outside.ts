// Why a call that suspends has no context to suspend. Node runs signal listeners and finalizers between other things, on
// the event loop's own stack: saying "outside a context" there would send the reader to look for a missing run().

import { executionAsyncResource } from 'node:async_hooks';

import { WaitForbiddenError, WaitOutsideContextError } from '../errors.ts';
import { currentContext } from './green-context.ts';

const REMEDY = 'Start a context for the work there, with run() or spawn().';

let finalizing = false;

/** The error for `call`, made where no context runs. */
export function outsideContextError(call: string): WaitForbiddenError | WaitOutsideContextError {
  if (finalizing) return new WaitForbiddenError('a FinalizationRegistry callback runs on no context', REMEDY);
  // Node's name for the handle whose callback emits a signal.
  if (executionAsyncResource().constructor?.name === 'Signal') {
    return new WaitForbiddenError('a signal listener runs on no context', REMEDY);
  }
  return new WaitOutsideContextError(call);
}

/** Marks the callbacks of every FinalizationRegistry made from now on. */
export function watchFinalizers(): void {
  globalThis.FinalizationRegistry = new Proxy(FinalizationRegistry, {
    construct(target, [cleanup, ...rest]: [unknown], newTarget) {
      return Reflect.construct(target, [typeof cleanup === 'function' ? marked(cleanup) : cleanup, ...rest], newTarget);
    },
  });
}

// Called by V8 with nobody above it; but nothing keeps a program from calling its own function in a context.
function marked(cleanup: CallableFunction): unknown {
  return function (this: unknown, held: unknown): unknown {
    const outer = finalizing;
    finalizing = currentContext() === null;
    try {
      return Reflect.apply(cleanup, this, [held]);
    } finally {
      finalizing = outer;
    }
  };
}
