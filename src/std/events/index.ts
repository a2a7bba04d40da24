// greenroom/std/events: all of node:events as it is, and events waited for in sync style. `once()` and `on()` stay Node's:
// they block nobody, and code that calls them expects a promise.

import EventEmitter from 'node:events';

/** @ts-expect-error: Node's types say `export =`, which has no star; the names below have theirs. */
export * from 'node:events';
export {
  addAbortListener,
  captureRejectionSymbol,
  captureRejections,
  EventEmitter,
  EventEmitterAsyncResource,
  errorMonitor,
  getEventListeners,
  getMaxListeners,
  listenerCount,
  on,
  once,
  setMaxListeners,
} from 'node:events';
export { EventIterator, type EventsOptions, eventsOf } from './events-of.ts';
export { waitFor } from './wait-for.ts';

/** Nothing in node:events waits, so nothing is replaced. */
export const replacedNames: readonly string[] = Object.freeze([]);

export default EventEmitter;
