// Node's own function, whatever has been put in its place.

import { createRequire, isBuiltin } from 'node:module';

import { InvalidOptionError } from '../errors.ts';
import { type AnyFunction, ORIGINAL } from '../std/twin.ts';

const require = createRequire(import.meta.url);

/**
 * Node's own function of a module, whether it is patched or not: `getOriginal('fs', 'writeFileSync')`. For code that must
 * block come what may. Never suspends.
 *
 * @param module - one of Node's modules, or `Atomics`.
 * @throws `GREEN_ERR_OPT_INVALID` when this Node has no such function.
 */
export function getOriginal(module: string, name: string): AnyFunction {
  const id = `node:${module.replace(/^node:/, '')}`;
  const holder = module === 'Atomics' ? Atomics : isBuiltin(id) ? (require(id) as object) : {};
  const found = (holder as Record<string, AnyFunction & { [ORIGINAL]?: AnyFunction }>)[name];
  if (typeof found !== 'function') throw new InvalidOptionError('getOriginal() name', `a function of ${module}`, name);
  return found[ORIGINAL] ?? found;
}
