// Where AsyncLocalStorage keeps its stores on async resources (Node 20, and 22 without
// --experimental-async-context-frame), two contexts inside the same resource (one AsyncResource, one
// AsyncLocalStorage.snapshot() function) would see each other's. So a context takes its own values
// along when it suspends and puts back what it found. Where V8 carries the stores this does nothing.

import { AsyncLocalStorage, type AsyncResource } from 'node:async_hooks';

/** Whether stores travel in V8's async context frame rather than on resources. */
export const STORES_IN_FRAME: boolean = !('_enable' in AsyncLocalStorage.prototype);

const STORE_KEYS: readonly (string | undefined)[] = ['kResourceStore', 'kAsyncLocalStorageContext'];

type Stores = Map<symbol, unknown>;
type Holder = Record<symbol, unknown>;

interface Entered {
  readonly resource: AsyncResource;
  /** What the resource holds while this context is suspended. */
  outside: Stores;
  /** What it holds while this context runs. */
  inside: Stores;
}

export class StoreSwaps {
  // Null until needed: nearly no request enters a resource besides its own.
  #entered: Entered[] | null = null;

  push(resource: AsyncResource): void {
    if (STORES_IN_FRAME) return;
    const outside = read(resource);
    this.#entered ??= [];
    this.#entered.push({ resource, outside, inside: outside });
  }

  pop(): void {
    this.#entered?.pop();
  }

  leave(): void {
    if (this.#entered === null) return;
    for (const entry of this.#entered) {
      entry.inside = read(entry.resource);
      write(entry.resource, entry.outside);
    }
  }

  enter(): void {
    if (this.#entered === null) return;
    for (const entry of this.#entered) {
      entry.outside = read(entry.resource);
      write(entry.resource, entry.inside);
    }
  }
}

function read(resource: AsyncResource): Stores {
  const stores: Stores = new Map();
  for (const key of Object.getOwnPropertySymbols(resource)) {
    if (STORE_KEYS.includes(key.description)) stores.set(key, (resource as unknown as Holder)[key]);
  }
  return stores;
}

function write(resource: AsyncResource, stores: Stores): void {
  for (const key of read(resource).keys()) {
    if (!stores.has(key)) (resource as unknown as Holder)[key] = undefined;
  }
  for (const [key, store] of stores) (resource as unknown as Holder)[key] = store;
}
