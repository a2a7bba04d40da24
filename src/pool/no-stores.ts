// A resource of no request: timers that serve everybody must not hold on to the AsyncLocalStorage stores of the request
// that happened to set them.

import { AsyncResource } from 'node:async_hooks';

const nobody = new AsyncResource('GREENROOM_BACKGROUND', { requireManualDestroy: true });

/** A timer that keeps neither stores nor the process alive. */
export function setBackgroundTimer(fn: () => void, ms: number): NodeJS.Timeout {
  return nobody.runInAsyncScope(setTimeout, undefined, fn, ms).unref();
}
