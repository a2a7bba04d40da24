// A scope: modules that have copies of their own, to which Node's modules look green. All others, Node's loader and Node
// itself keep the originals. After eventlet's import_patched().
//
// Here for CommonJS: such a copy is a module of Node's that is in no cache but the scope's, with a require() of its own.
// For ES modules, see import-hooks.ts.

import { createRequire, Module } from 'node:module';

import { withoutSuspending } from '../pool/index.ts';
import { type GreenBuiltin, greenBuiltins } from './green-builtins.ts';
import type { ResolvedScopeOptions } from './scope-options.ts';
import { ScopePolicy } from './scope-policy.ts';
import { scopedModule } from './scoped-module.ts';

/** What a module that is being copied gets for its `require()`. */
interface ModuleCopy {
  exports: unknown;
  load(filename: string): void;
  readonly require: (id: string) => unknown;
}

type PlainRequire = ReturnType<typeof createRequire>;

// Found by the sources that import-hooks.ts makes; shared by copies of this package, so that numbers differ.
const REGISTRY = Symbol.for('greenroom.scopes');
const shared = globalThis as { [REGISTRY]?: Map<number, Scope> };
shared[REGISTRY] ??= new Map();
const registry = shared[REGISTRY];

const byOptions = new Map<string, Scope>();

/** The scope for these options: the same for the same, so that what is asked for twice is one. */
export function scopeFor({ from: _from, ...options }: ResolvedScopeOptions): Scope {
  const key = JSON.stringify(options);
  let scope = byOptions.get(key);
  if (scope === undefined) {
    scope = new Scope(options);
    byOptions.set(key, scope);
  }
  return scope;
}

export class Scope {
  readonly id: number = registry.size + 1;
  readonly options: Omit<ResolvedScopeOptions, 'from'>;
  readonly builtins: ReadonlyMap<string, GreenBuiltin>;
  readonly policy: ScopePolicy;
  readonly #modules = new Map<string, ModuleCopy>();
  readonly #module: object;

  constructor(options: Omit<ResolvedScopeOptions, 'from'>) {
    this.options = options;
    this.builtins = greenBuiltins(options);
    this.policy = new ScopePolicy(options.include, options.exclude);
    this.#module = scopedModule(this);
    registry.set(this.id, this);
  }

  /** What a module of Node's looks like in here; undefined if as everywhere. */
  builtin(id: string): object | undefined {
    const name = id.startsWith('node:') ? id.slice('node:'.length) : id;
    return name === 'module' ? this.#module : this.builtins.get(name)?.namespace;
  }

  /** require() for a module of the scope, whose ordinary one is `plain`. */
  require(id: string, plain: PlainRequire): unknown {
    if (typeof id !== 'string' || id === '') return plain(id); // which says so
    const green = this.builtin(id);
    if (green !== undefined) return green;
    const filename = plain.resolve(id);
    const copied = !Module.isBuiltin(filename) && this.policy.copies(filename);
    return copied ? this.load(filename) : plain(id);
  }

  /** The exports of the scope's copy of a file. */
  load(filename: string): unknown {
    let copy = this.#modules.get(filename);
    if (copy !== undefined) return copy.exports;
    this.policy.enter(filename); // by greenImport(), whose hooks have a policy of their own
    copy = this.#newCopy(filename);
    this.#modules.set(filename, copy);
    let loaded = false;
    try {
      withoutSuspending(
        'a module is being loaded by greenRequire() or greenImport()',
        'Wait after loading, in a function that the module exports.',
        () => copy.load(filename),
      );
      loaded = true;
    } finally {
      if (!loaded) this.#modules.delete(filename);
    }
    return copy.exports;
  }

  #newCopy(filename: string): ModuleCopy {
    const plain = createRequire(filename);
    // As the loader makes them, except that it goes into no cache.
    const copy = new Module(filename) as unknown as ModuleCopy;
    return Object.defineProperty(copy, 'require', { value: (id: string) => this.require(id, plain) });
  }
}
