// node:module as a scope sees it: what its createRequire() makes stays in the scope.

import { createRequire, Module } from 'node:module';
import { fileURLToPath } from 'node:url';

import type { Scope } from './scope.ts';

type Require = ReturnType<typeof createRequire>;

export function scopedModule(scope: Scope): object {
  const scoped = (where: string | URL): Require => {
    const plain = createRequire(where);
    const text = String(where);
    if (!scope.policy.copies(text.startsWith('file:') ? fileURLToPath(text) : text)) return plain;
    return Object.defineProperties(
      (id: string): unknown => scope.require(id, plain),
      Object.getOwnPropertyDescriptors(plain),
    ) as Require;
  };
  Object.defineProperties(scoped, Object.getOwnPropertyDescriptors(createRequire));
  return new Proxy(Module, {
    get: (target, name) => (name === 'createRequire' ? scoped : Reflect.get(target, name, target)),
  });
}
