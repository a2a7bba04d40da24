// Has Node's loader ask a scope about the ES modules that belong to it: on the main thread where Node can do so (22.15 and
// later), else through a thread of the loader's.

import module from 'node:module';
import { MessageChannel } from 'node:worker_threads';

import type { Scope } from './scope.ts';
import { type Loaded, type ResolveContext, type Resolved, type ScopeFacts, ScopeHooks } from './scope-hooks.ts';

interface SyncHooks {
  resolve(
    specifier: string,
    context: ResolveContext,
    next: (specifier: string, context: ResolveContext) => Resolved,
  ): Resolved;
  load(url: string, context: object, next: (url: string, context: object) => Loaded): Loaded;
}

const registered = new WeakSet<Scope>();

export function registerImportHooks(scope: Scope): void {
  if (registered.has(scope)) return;
  registered.add(scope);
  const { registerHooks } = module as { registerHooks?: (hooks: SyncHooks) => void };
  if (registerHooks === undefined) registerOnThread(scope);
  else registerHooks(syncHooks(scope));
}

function factsOf({ id, options, builtins }: Scope): ScopeFacts {
  const names: Record<string, readonly string[]> = { module: ['createRequire'] };
  for (const [name, { replaced }] of builtins) names[name] = [...replaced.keys()];
  return { id, include: options.include, exclude: options.exclude, builtins: names };
}

/** The names that importers of a CommonJS module see. What fails is thrown again when it is evaluated. */
function namesOf(scope: Scope, filename: string): string[] {
  try {
    const exports = scope.load(filename);
    const holder = typeof exports === 'function' || (typeof exports === 'object' && exports !== null);
    return holder ? Object.keys(exports).filter((name) => !/[\ud800-\udfff]/.test(name)) : [];
  } catch {
    return [];
  }
}

function syncHooks(scope: Scope): SyncHooks {
  const hooks = new ScopeHooks(factsOf(scope));
  return {
    resolve: (specifier, context, next) => {
      const steps = hooks.resolve(specifier, context);
      return steps === null ? next(specifier, context) : drive(steps, (step) => next(step.specifier, step.context));
    },
    load: (url, context, next) => {
      const steps = hooks.load(url);
      if (steps === null) return next(url, context);
      return drive(steps, (step) => ('next' in step ? next(url, context) : namesOf(scope, step.namesOf)));
    },
  };
}

function drive<S, T, A>(steps: Generator<S, T, A>, perform: (step: S) => A): T {
  let step = steps.next(undefined as A);
  while (step.done !== true) step = steps.next(perform(step.value));
  return step.value;
}

function registerOnThread(scope: Scope): void {
  const { port1, port2 } = new MessageChannel();
  port1.on('message', ({ question, filename }: { question: number; filename: string }) => {
    port1.postMessage({ question, names: namesOf(scope, filename) });
  });
  port1.unref(); // the thread keeps the process alive while it waits for an answer
  // By its query, the scope gets an instance of the module to itself.
  module.register(new URL(`./hooks-thread.js?scope=${scope.id}`, import.meta.url), {
    data: { facts: factsOf(scope), port: port2 },
    transferList: [port2],
  });
}
