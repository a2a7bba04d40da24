// patchBlocking(): the blocking functions of Node's modules, for the whole process, replaced by ones that suspend the
// context they are called in. After gevent's monkey.patch_all() and greenletio's patch_blocking().
//
// Invariant: a process has one patch. Whoever patches again adds to it; undo() takes all of it back.

import { createRequire, syncBuiltinESMExports } from 'node:module';

import { InvalidOptionError } from '../errors.ts';
import { assertBoolean, assertKnownKeys, withDefaults } from '../pool/index.ts';
import type { Replaced } from '../std/namespace-of.ts';
import { greenAtomics } from './atomics-wait.ts';
import { BUILTIN_NAMES, type BuiltinOptions, type GreenBuiltin, greenBuiltins } from './green-builtins.ts';
import { guardImports } from './import-guard.ts';
import { findLateCopies } from './late-copies.ts';
import { NEVER_PATCHED } from './left-blocking.ts';
import { Patch } from './patch.ts';
import { warnLateCopies, warnPatchedAgain } from './patch-warnings.ts';

export interface PatchOptions extends BuiltinOptions {
  /** Whether `Atomics.wait()` suspends, too: for packages that wait so, called through `exclusive()`. Default `false`. */
  atomics?: boolean;
  /** What not to patch: names such as `'fs.copyFileSync'`. Default none. */
  exclude?: readonly string[];
  /** Whether to look for modules that hold copies already, and warn of them: 0.2 ms a loaded module. Default `true`. */
  warnLate?: boolean;
}

/** What `patchBlocking()` does unless told otherwise. */
export const PATCH_DEFAULTS: Readonly<Required<PatchOptions>> = Object.freeze({
  ...(Object.fromEntries(BUILTIN_NAMES.map((name) => [name, true])) as Record<keyof BuiltinOptions, boolean>),
  atomics: false,
  exclude: Object.freeze([]) as readonly string[],
  warnLate: true,
});

const require = createRequire(import.meta.url);

// What not every Node and system has: a program may exclude it all the same.
const NOT_EVERYWHERE: readonly string[] = [
  'fs.globSync',
  'fs.lchmodSync',
  'fs.openAsBlobSync',
  'crypto.argon2Sync',
  'zlib.zstdCompressSync',
  'zlib.zstdDecompressSync',
];

let current: Patch | null = null;
let currentOptions = '';

/**
 * Replaces the blocking functions of Node's modules by those of `greenroom/std`, in the whole process. Never suspends.
 * Afterwards `fs.writeFileSync()`, `execSync()` and the like **suspend the context** they are called in and leave the event
 * loop to others; outside contexts, while a module is being loaded, at exit, and below one of Node's own blocking functions
 * they are Node's own.
 *
 * - As early as possible, best by `node --import greenroom/patch app.js`: modules that were loaded before may hold copies of
 *   the originals. A warning `GREEN_WARN_PATCH_LATE` names them.
 * - Code that relies on nobody else running during such a call may break: see `exclusive()`, and `exclude`. To make single
 *   packages green and leave all others alone, use `greenRequire()` or `greenImport()` instead; that is the better way
 *   for most programs.
 * - Node's own callers of these functions (its loader, source maps, `console` to a file) go on blocking.
 * - Again, with other options, it adds what they ask for, with a warning `GREEN_WARN_PATCH_AGAIN`; a function that is
 *   patched already gets the newer settings. Each thread of `node:worker_threads` patches for itself.
 *
 * @param options - see {@link PatchOptions}; defaults in {@link PATCH_DEFAULTS}.
 * @returns the patch: `undo()` takes it back, `report()` tells of it. The same one as long as it is in force.
 * @throws `GREEN_ERR_OPT_INVALID` for bad options.
 * @example
 * ```ts
 * import { patchBlocking } from 'greenroom/patch';
 *
 * const patch = patchBlocking({ fs: { min: { readFile: 65_536 } }, exclude: ['fs.copyFileSync'] });
 * process.once('beforeExit', () => console.log(patch.report()));
 * ```
 */
export function patchBlocking(options: PatchOptions = {}): Patch {
  assertKnownKeys(options, PATCH_DEFAULTS, 'patchBlocking() options');
  const { atomics, exclude, warnLate, ...given } = withDefaults(options, PATCH_DEFAULTS);
  assertBoolean('atomics', atomics);
  assertBoolean('warnLate', warnLate);
  if (!Array.isArray(exclude) || exclude.some((path) => typeof path !== 'string')) {
    throw new InvalidOptionError('exclude', "an array of names such as 'fs.copyFileSync'", exclude);
  }
  for (const path of exclude) {
    if (!isFunctionName(path)) throw new InvalidOptionError('exclude', "made of names such as 'fs.copyFileSync'", path);
  }
  const builtins = new Map<string, GreenBuiltin>(greenBuiltins(given));
  if (atomics) builtins.set('Atomics', greenAtomics());

  const optionsText = JSON.stringify([given, atomics, exclude]);
  if (current !== null && optionsText !== currentOptions) warnPatchedAgain();
  current ??= begin();
  currentOptions = optionsText;
  const patched = patchAll(current, builtins, new Set(exclude));
  syncBuiltinESMExports();
  if (warnLate) reportLate(current, patched);
  return current;
}

/**
 * Whether a function of a module of Node's is patched now: `isPatched('fs', 'writeFileSync')`; or, without a name, any of
 * the module. `Atomics` counts as a module. Never suspends.
 */
export function isPatched(module: string, name?: string): boolean {
  const prefix = `${module.replace(/^node:/, '')}.`;
  if (current === null) return false;
  if (name !== undefined) return current.has(prefix + name);
  return Object.keys(current.report().functions).some((path) => path.startsWith(prefix));
}

/** Whether `path` is a function of a module that can be patched, here or elsewhere. */
function isFunctionName(path: string): boolean {
  const [module = '', name = '', ...rest] = path.split('.');
  if (rest.length > 0) return false;
  if (module === 'Atomics') return name === 'wait';
  if (!(BUILTIN_NAMES as readonly string[]).includes(module)) return false;
  return (
    NOT_EVERYWHERE.includes(path) || typeof (require(`node:${module}`) as Record<string, unknown>)[name] === 'function'
  );
}

function begin(): Patch {
  guardImports();
  return new Patch(() => {
    current = null;
    syncBuiltinESMExports();
  });
}

function patchAll(
  patch: Patch,
  builtins: ReadonlyMap<string, GreenBuiltin>,
  excluded: ReadonlySet<string>,
): ReadonlyMap<string, string[]> {
  const patched = new Map<string, string[]>();
  for (const [module, { replaced }] of builtins) {
    const holder = module === 'Atomics' ? Atomics : (require(`node:${module}`) as object);
    const names = [...replaced.keys()].filter((name) => !NEVER_PATCHED[module]?.includes(name));
    const done = names.filter((name) => {
      const functions = replaced.get(name) as Replaced;
      return !excluded.has(`${module}.${name}`) && patch.add(module, name, holder, functions);
    });
    if (module !== 'Atomics' && done.length > 0) patched.set(module, done);
  }
  return patched;
}

function reportLate(patch: Patch, patched: ReadonlyMap<string, readonly string[]>): void {
  const late = findLateCopies(patched);
  const news = late.filter((file) => !patch.late.includes(file));
  patch.late = [...patch.late, ...news];
  if (news.length > 0) warnLateCopies(news);
}
