// What greenRequire() and greenImport() can be told.

import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { InvalidOptionError } from '../errors.ts';
import { assertKnownKeys, withDefaults } from '../pool/index.ts';
import { BUILTIN_NAMES, type BuiltinOptions } from './green-builtins.ts';

export interface ScopeOptions extends BuiltinOptions {
  /**
   * The module that asks, from which the name is looked up: its path or `file:` URL, such as `import.meta.url` or
   * `__filename`. Default: the program that was started.
   */
  from?: string | URL | undefined;
  /** The only packages, by name, that get green copies besides the one asked for. Default: every one that it reaches. */
  include?: readonly string[] | undefined;
  /** Packages, by name, that get no copy of their own: the one that all others use is used, as it is. Default none. */
  exclude?: readonly string[];
}

export type ResolvedScopeOptions = Required<BuiltinOptions> & {
  readonly from: string;
  readonly include: readonly string[] | undefined;
  readonly exclude: readonly string[];
};

/** What `greenRequire()` and `greenImport()` do unless told otherwise. */
export const SCOPE_DEFAULTS: Readonly<ScopeOptions> = Object.freeze({
  ...(Object.fromEntries(BUILTIN_NAMES.map((name) => [name, true])) as Record<keyof BuiltinOptions, boolean>),
  from: undefined,
  include: undefined,
  exclude: Object.freeze([]) as readonly string[],
});

/** `from` becomes a URL. */
export function resolveScopeOptions(call: string, options: ScopeOptions): ResolvedScopeOptions {
  assertKnownKeys(options, SCOPE_DEFAULTS, `${call} options`);
  const resolved = withDefaults<ScopeOptions>(options, SCOPE_DEFAULTS);
  const { include, exclude } = resolved;
  if (include !== undefined) assertNames('include', include);
  assertNames('exclude', exclude);
  return { ...resolved, from: urlOf(resolved.from) } as ResolvedScopeOptions;
}

function assertNames(option: string, names: unknown): void {
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return;
  throw new InvalidOptionError(option, 'an array of names of packages', names);
}

function urlOf(from: unknown): string {
  if (from === undefined) return startedProgram();
  if (from instanceof URL && from.protocol === 'file:') return from.href;
  if (typeof from === 'string' && from !== '') return from.startsWith('file:') ? from : pathToFileURL(from).href;
  throw new InvalidOptionError('from', 'a path or a file: URL', from);
}

function startedProgram(): string {
  try {
    return pathToFileURL(realpathSync(process.argv[1] as string)).href;
  } catch {
    return pathToFileURL(join(process.cwd(), 'program.js')).href; // `node -e`, say
  }
}
