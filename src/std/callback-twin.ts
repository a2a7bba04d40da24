// Node's functions with a callback, called without: in a context they wait for what the callback would be told.

import { currentContext } from '../pool/index.ts';
import { type AnyFunction, ORIGINAL } from './twin.ts';

export interface CallbackTwinOptions {
  /** Calls Node's function, with a callback or not. */
  readonly own: (args: unknown[], self: unknown) => unknown;
  /** Does the same without a callback, in a context. */
  readonly green: (args: unknown[], self: unknown, twin: AnyFunction) => unknown;
}

/** A function that looks like `original`, and is it outside contexts, or with a callback as the last argument. */
export function callbackTwin(original: AnyFunction, { own, green }: CallbackTwinOptions): AnyFunction {
  const twin = function (this: unknown, ...args: unknown[]): unknown {
    if (currentContext() === null || typeof args.at(-1) === 'function') return own(args, this);
    while (args.length > 0 && args.at(-1) === undefined) args.pop();
    return green(args, this, twin);
  };
  Object.defineProperties(twin, Object.getOwnPropertyDescriptors(original));
  Object.defineProperty(twin, ORIGINAL, { value: original });
  return twin;
}
