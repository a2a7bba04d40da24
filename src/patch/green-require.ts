// greenRequire(): one CommonJS package, and what it requires, made green.

import { createRequire, Module } from 'node:module';
import { types } from 'node:util';

import { InvalidOptionError } from '../errors.ts';
import { scopeFor } from './scope.ts';
import { resolveScopeOptions, type ScopeOptions } from './scope-options.ts';

/**
 * Loads a copy of a CommonJS package to which Node's modules look green: its `fs.writeFileSync()`, its `execSync()` and the
 * like **suspend the context** that calls them, see `greenroom/std`. What it requires gets copies as well; the rest of the
 * process, the package's ordinary copy and Node itself stay as they are. Loading itself never suspends.
 *
 * - The same call gives the same copy. A copy shares no state and no classes with the ordinary one: where that matters,
 *   name the package in `exclude`. Addons (`.node`) are never copied.
 * - Not reached: ES modules that a CommonJS one loads, by `require()` or `import()`; `process.getBuiltinModule()`.
 *   For a package of ES modules use `greenImport()`.
 *
 * @param id - what `require()` takes: the name of a package, or a path; one of Node's modules gives its green namespace.
 * @param options - see {@link ScopeOptions}: from where to look, what to copy, and settings of the green functions.
 * @returns what the package exports.
 * @throws what the package throws, and `require()` does; `GREEN_ERR_OPT_INVALID` for bad options, and for an ES module,
 *   which would be the ordinary one and block.
 * @example
 * ```ts
 * import { greenRequire } from 'greenroom/patch';
 *
 * const shell = greenRequire<typeof import('shelljs')>('shelljs', { from: import.meta.url });
 * ```
 */
export function greenRequire<T = unknown>(id: string, options: ScopeOptions = {}): T {
  const resolved = resolveScopeOptions('greenRequire()', options);
  const scope = scopeFor(resolved);
  const plain = createRequire(resolved.from);
  if (typeof id === 'string' && !Module.isBuiltin(id)) scope.policy.enter(plain.resolve(id));
  const exports = scope.require(id, plain);
  if (types.isModuleNamespaceObject(exports)) {
    throw new InvalidOptionError('greenRequire() id', 'a CommonJS module; ES modules are for greenImport()', id);
  }
  return exports as T;
}
