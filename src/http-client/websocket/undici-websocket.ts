// Loads undici's WebSocket, at the first use, and leaves the application's fetch() as it was.
//
// The module pulls in undici's fetch, whose global.js fills Symbol.for('undici.globalDispatcher.1') where it is empty;
// the application's own fetch() would then run on our undici (nodejs/undici#5520). It finds the slot taken here, by a
// placeholder that goes again: what it defines itself could not be deleted. A dispatcher is always given, so that
// nobody reads the slot. What must be kept: test/http-client/websocket/loading.test.ts.

import { createRequire } from 'node:module';
import type { WebSocket } from 'undici';

type WebSocketClass = typeof WebSocket;

const SLOTS = [Symbol.for('undici.globalDispatcher.1'), Symbol.for('undici.globalDispatcher.2')];

let loaded: WebSocketClass | undefined;

export function undiciWebSocket(): WebSocketClass {
  loaded ??= withSlotsTaken(load);
  return loaded;
}

function load(): WebSocketClass {
  const module = createRequire(import.meta.url)('undici/lib/web/websocket/websocket.js');
  return (module as { WebSocket: WebSocketClass }).WebSocket;
}

function withSlotsTaken<T>(fn: () => T): T {
  const empty = SLOTS.filter((slot) => Reflect.get(globalThis, slot) === undefined);
  for (const slot of empty) {
    Object.defineProperty(globalThis, slot, { value: {}, configurable: true, enumerable: false, writable: true });
  }
  try {
    return fn();
  } finally {
    for (const slot of empty) Reflect.deleteProperty(globalThis, slot);
  }
}
