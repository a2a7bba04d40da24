// greenImport(): one package of ES modules, or of CommonJS ones, and what it imports, made green.

import { InvalidOptionError } from '../errors.ts';
import { registerImportHooks } from './import-hooks.ts';
import { scopeFor } from './scope.ts';
import { resolveScopeOptions, type ScopeOptions } from './scope-options.ts';
import { entrySpecifier } from './scope-urls.ts';

/**
 * As `greenRequire()`, for what `import()` takes: loads a copy of a package to which Node's modules look green, and which is
 * therefore green itself. What it imports or requires gets copies as well; nothing else changes. Never suspends: in a context,
 * `wait()` for it.
 *
 * - The addresses of its modules (`import.meta.url`) carry a query, `?greenroom=1`.
 * - CommonJS modules among them are run when their importers are linked, that is, before these.
 * - Before Node 22.15, the first call starts Node's thread for module hooks (`module.register()`).
 *
 * @param id - the name of a package, a `file:` URL, or a path beginning with `./`.
 * @param options - see {@link ScopeOptions}.
 * @returns a promise of the module's namespace.
 * @throws as rejections: what the package throws, and `import()` does; `GREEN_ERR_OPT_INVALID` for a bad argument.
 * @example
 * ```ts
 * import { greenImport } from 'greenroom/patch';
 *
 * const { execaSync } = await greenImport<typeof import('execa')>('execa', { from: import.meta.url });
 * ```
 */
export async function greenImport<T = unknown>(id: string, options: ScopeOptions = {}): Promise<T> {
  if (typeof id !== 'string' || id === '') throw new InvalidOptionError('greenImport() id', 'a name, path or URL', id);
  const resolved = resolveScopeOptions('greenImport()', options);
  const scope = scopeFor(resolved);
  registerImportHooks(scope);
  return (await import(entrySpecifier(scope.id, id, resolved.from))) as T;
}
