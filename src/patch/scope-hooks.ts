// The hooks of Node's loader for ES modules, for one scope, as the same steps for both kinds of hooks: synchronous ones on the
// main thread, and asynchronous ones on a thread of their own. Steps that need others say so by yielding; see
// import-hooks.ts and hooks-thread.ts, which drive them.

import { fileURLToPath } from 'node:url';

import { ScopePolicy } from './scope-policy.ts';
import { builtinSource, commonJsSource } from './scope-sources.ts';
import { builtinOf, builtinUrl, entryOf, isMarked, markedUrl } from './scope-urls.ts';

/** What a thread must know of a scope. */
export interface ScopeFacts {
  readonly id: number;
  readonly include: readonly string[] | undefined;
  readonly exclude: readonly string[];
  /** By module of Node's, the names of what is green in it. */
  readonly builtins: Readonly<Record<string, readonly string[]>>;
}

export interface Resolved {
  url: string;
  format?: string | null | undefined;
  shortCircuit?: boolean;
}

export interface Loaded {
  format: string | null | undefined;
  source?: unknown;
  shortCircuit?: boolean;
}

export interface ResolveContext {
  parentURL?: string | undefined;
}

// Steps that are done elsewhere: by the next hook, or by the main thread, which knows what a CommonJS module exports.
export type ResolveStep = { readonly specifier: string; readonly context: ResolveContext };
export type LoadStep = { readonly next: true } | { readonly namesOf: string };

const COMMONJS: ReadonlySet<unknown> = new Set(['commonjs', 'commonjs-typescript']);

export class ScopeHooks {
  readonly #facts: ScopeFacts;
  readonly #policy: ScopePolicy;

  constructor(facts: ScopeFacts) {
    this.#facts = facts;
    this.#policy = new ScopePolicy(facts.include, facts.exclude);
  }

  /** Null if the specifier is none of this scope's business. */
  resolve(specifier: string, context: ResolveContext): Generator<ResolveStep, Resolved, Resolved> | null {
    const { id } = this.#facts;
    const entry = entryOf(id, specifier);
    if (entry !== null) return this.#resolve(entry.id, { ...context, parentURL: entry.from }, true);
    const inside = isMarked(id, context.parentURL);
    return inside ? this.#resolve(specifier, context, false) : null;
  }

  *#resolve(specifier: string, context: ResolveContext, entering: boolean): Generator<ResolveStep, Resolved, Resolved> {
    const { id, builtins } = this.#facts;
    const name = specifier.startsWith('node:') ? specifier.slice('node:'.length) : specifier;
    if (Object.hasOwn(builtins, name)) return { url: builtinUrl(id, name), format: 'module', shortCircuit: true };
    const resolved = yield { specifier, context };
    if (!resolved.url.startsWith('file:')) return resolved;
    const filename = fileURLToPath(resolved.url);
    if (entering) this.#policy.enter(filename);
    return this.#policy.copies(filename) ? { ...resolved, url: markedUrl(id, resolved.url) } : resolved;
  }

  /** Null if the module is none of this scope's. */
  load(url: string): Generator<LoadStep, Loaded, unknown> | null {
    const { id, builtins } = this.#facts;
    const name = builtinOf(id, url);
    if (name === null) return isMarked(id, url) ? this.#load(url) : null;
    return done({ format: 'module', source: builtinSource(id, name, builtins[name] ?? []), shortCircuit: true });
  }

  *#load(url: string): Generator<LoadStep, Loaded, unknown> {
    const loaded = (yield { next: true }) as Loaded;
    if (!COMMONJS.has(loaded.format)) return loaded;
    const filename = fileURLToPath(url);
    const names = (yield { namesOf: filename }) as string[];
    return { format: 'module', source: commonJsSource(this.#facts.id, filename, names), shortCircuit: true };
  }
}

// biome-ignore lint/correctness/useYield: it has all it needs
function* done<T>(value: T): Generator<never, T, unknown> {
  return value;
}
