// A module's functions as they were when greenroom was loaded, before it, or anybody later, patched the module. Taken from
// the module object, because named imports follow a patch; without reading accessors, some of which warn.

import type { AnyFunction } from './twin.ts';

/** What gives the function of that name; undefined where this Node has not got one. */
export function originalsOf(module: object): (name: string) => AnyFunction | undefined {
  const originals = new Map<string, AnyFunction>();
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(module))) {
    if (typeof value === 'function') originals.set(name, value as AnyFunction);
  }
  return (name) => originals.get(name);
}
