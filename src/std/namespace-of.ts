// What the default export of a drop-in namespace is: Node's module, with some of it replaced, and some added.

import type { AnyFunction } from './twin.ts';

export interface Replaced {
  readonly original: AnyFunction;
  readonly green: AnyFunction;
}

/** A copy of `node`, getters as getters, with the properties of `ours` over it. */
export function namespaceOf<N extends object, O extends object>(node: N, ours: O): Omit<N, keyof O> & O {
  const namespace = Object.create(Object.getPrototypeOf(node), Object.getOwnPropertyDescriptors(node));
  for (const [name, value] of Object.entries(ours)) {
    if (value === undefined) continue; // not in this Node
    Object.defineProperty(namespace, name, { value, writable: true, enumerable: true, configurable: true });
  }
  return namespace;
}

/** A copy of `node`, getters as getters, with what `replaced` names replaced: as visible, and as writable, as it was. */
export function namespaceWith<N extends object>(node: N, replaced: ReadonlyMap<string, Replaced>): N {
  const namespace = Object.create(Object.getPrototypeOf(node), Object.getOwnPropertyDescriptors(node)) as N;
  for (const [name, { green }] of replaced) {
    Object.defineProperty(namespace, name, { ...Object.getOwnPropertyDescriptor(node, name), value: green });
  }
  return namespace;
}
