// Replaces, once and on first use, the two functions of node:async_hooks that a suspension inside would break.
// Outside contexts both do exactly what they did.

import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

import { STORES_IN_FRAME } from './async-stores.ts';
import { currentContext } from './green-context.ts';

type AnyFunction = (...args: unknown[]) => unknown;

export function installAsyncScope(): void {
  const originalRun = AsyncResource.prototype.runInAsyncScope as (fn: AnyFunction, ...rest: unknown[]) => unknown;
  const runInAsyncScope = function (this: AsyncResource, fn: AnyFunction, thisArg?: unknown, ...args: unknown[]) {
    const context = currentContext();
    if (context === null) return Reflect.apply(originalRun, this, [fn, thisArg, ...args]);
    return context.runUnder(this, fn, thisArg, args);
  };
  replace(AsyncResource.prototype, 'runInAsyncScope', runInAsyncScope);

  if (STORES_IN_FRAME) return;
  // Its original disables the storage while the callback runs, for every context.
  const originalExit = AsyncLocalStorage.prototype.exit as AnyFunction;
  const exit = function (this: AsyncLocalStorage<unknown>, callback: AnyFunction, ...args: unknown[]) {
    if (currentContext() === null) return Reflect.apply(originalExit, this, [callback, ...args]);
    return this.run(undefined, callback, ...args);
  };
  replace(AsyncLocalStorage.prototype, 'exit', exit);
}

function replace(target: object, name: string, value: (...args: never[]) => unknown): void {
  Object.defineProperty(value, 'name', { value: name, configurable: true });
  Object.defineProperty(target, name, { ...Object.getOwnPropertyDescriptor(target, name), value });
}
