// Where AsyncLocalStorage keeps its stores on async resources (Node 20, and 22 without
// --experimental-async-context-frame), two contexts inside the same resource (one AsyncResource, one
// AsyncLocalStorage.snapshot() function) would see each other's. So a context takes its own values
// along when it suspends and puts back what it found. Where V8 carries the stores this does nothing.

import { AsyncLocalStorage, type AsyncResource } from 'node:async_hooks';

/** Whether stores travel in V8's async context frame rather than on resources. */
export const STORES_IN_FRAME: boolean = !('_enable' in AsyncLocalStorage.prototype);

const IN_ONE_OBJECT = 'kAsyncLocalStorageContext';
const STORE_KEYS: readonly (string | undefined)[] = ['kResourceStore', IN_ONE_OBJECT];

type Stores = Map<symbol, unknown>;
type Holder = Record<symbol, unknown>;

interface Entered {
  readonly resource: AsyncResource;
  /** What the resource holds while this context is suspended. */
  outside: Stores;
  /** What it holds while this context runs; null before the first suspension. */
  inside: Stores | null;
}

export class StoreSwaps {
  // Null until needed: nearly no request enters a resource besides its own. An entry is null when the resource has one
  // already: a resource is swapped once, however often it was entered.
  #entered: (Entered | null)[] | null = null;

  push(resource: AsyncResource): void {
    if (STORES_IN_FRAME) return;
    this.#entered ??= [];
    if (this.#entered.some((entry) => entry?.resource === resource)) {
      this.#entered.push(null);
      return;
    }
    const outside = read(resource);
    write(resource, copiesOf(outside));
    this.#entered.push({ resource, outside, inside: null });
  }

  /** What a context that has waited leaves on the resource would be a finished task's store for whoever enters it next. */
  pop(): void {
    const entry = this.#entered?.pop() ?? null;
    if (entry !== null && entry.inside !== null) write(entry.resource, entry.outside);
  }

  leave(): void {
    if (this.#entered === null) return;
    for (const entry of this.#entered) {
      if (entry === null) continue;
      entry.inside = read(entry.resource);
      write(entry.resource, entry.outside);
    }
  }

  enter(): void {
    if (this.#entered === null) return;
    for (const entry of this.#entered) {
      if (entry === null) continue;
      entry.outside = read(entry.resource);
      write(entry.resource, entry.inside as Stores);
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

// Since Node 24 a resource holds all its stores in one object, which run() changes in place.
function copiesOf(stores: Stores): Stores {
  return new Map(
    Array.from(stores, ([key, store]) => {
      if (key.description !== IN_ONE_OBJECT || typeof store !== 'object' || store === null) return [key, store];
      return [key, Object.assign(Object.create(Object.getPrototypeOf(store)), store)];
    }),
  );
}

function write(resource: AsyncResource, stores: Stores): void {
  for (const key of read(resource).keys()) {
    if (!stores.has(key)) (resource as unknown as Holder)[key] = undefined;
  }
  for (const [key, store] of stores) (resource as unknown as Holder)[key] = store;
}
