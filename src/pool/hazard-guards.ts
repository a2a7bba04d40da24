// What must be changed in the process before the first context exists. Each guard names the trap of
// docs/how-it-works.md that it closes. Outside contexts everything behaves as before.

import { createRequire, Module, syncBuiltinESMExports } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import vm from 'node:vm';
import { isMainThread } from 'node:worker_threads';

import { loadBinding, switchKind } from './binding.ts';
import { currentContext } from './green-context.ts';
import { forbidContextsIn, forbidSuspendingIn, withoutSuspending } from './no-suspend.ts';
import { watchFinalizers } from './outside.ts';
import { stackSizeKib } from './stack-size.ts';

// V8 aborts when it collects wasm code while a context is suspended, and undici's parser is wasm. From the import on, not
// from the first context on: a collection that has been begun is not called off, and ends in a later turn.
setFlagsFromString('--no-wasm-code-gc');

export function installHazardGuards(): void {
  // Ends one that had begun before the import: Node's own loader of CommonJS modules is wasm, too.
  loadBinding().runPendingTasks();
  // A larger size set since the start, by v8.setFlagsFromString(), would hold for contexts only, whose stacks are of
  // the size the process was started with. Workers may have been told another; their contexts' stacks are larger.
  if (isMainThread) setFlagsFromString(`--stack-size=${stackSizeKib()}`);
  hasContexts = true;
  if (usesJspi) setFlagsFromString('--gc-global');
  guardVmTermination();
  guardModuleLoading();
  guardPrepareStackTrace();
  guardStringify();
  guardArrayJoin();
  watchFinalizers();
  if (switchKind() !== 'id') runCertificateStoreOnMain();
  syncBuiltinESMExports();
}

// A suspended wasm stack is visited like an archived thread: the async context frame would be moved twice by a
// scavenge. Full collections move nothing twice. Watched from the import on, because a program makes its suspending
// functions when it starts, long before the first context; until there is one, nothing but the watching happens.
let usesJspi = false;
let hasContexts = false;
watchJspi();

function watchJspi(): void {
  const wasm = (globalThis as { WebAssembly?: Record<string, unknown> }).WebAssembly;
  const note = (): void => {
    usesJspi = true;
    if (hasContexts) setFlagsFromString('--gc-global');
  };
  for (const name of ['promising', 'Suspending']) {
    const original = wasm?.[name];
    if (wasm === undefined || typeof original !== 'function') continue;
    wasm[name] = new Proxy(original, {
      apply(target, thisArg, args) {
        note();
        return Reflect.apply(target, thisArg, args);
      },
      construct(target, args, newTarget) {
        note();
        return Reflect.construct(target, args, newTarget);
      },
    });
  }
}

// The termination that ends such a run hits whichever stack is running, and skips every `finally` up to the vm call.
function guardVmTermination(): void {
  const canEnd = (args: readonly unknown[]): boolean =>
    args.some((arg) => {
      const { timeout, breakOnSigint } = (typeof arg === 'object' && arg !== null ? arg : {}) as VmRunOptions;
      return timeout !== undefined || breakOnSigint === true;
    });
  const reason = 'this code runs in a vm with a timeout or breakOnSigint';
  const remedy = 'Wait before or after it, or run it without that option.';
  // vm.Module exists with --experimental-vm-modules.
  for (const holder of [vm, vm.Script.prototype, (vm as { Module?: { prototype: object } }).Module?.prototype]) {
    if (holder === undefined) continue;
    for (const name of ['runInContext', 'runInNewContext', 'runInThisContext', 'evaluate']) {
      forbidContextsIn(holder, name, reason, remedy, canEnd);
    }
  }
}

interface VmRunOptions {
  timeout?: unknown;
  breakOnSigint?: unknown;
}

// Another context that requires the same module meanwhile would get its half-filled exports.
function guardModuleLoading(): void {
  forbidSuspendingIn(
    Module,
    '_load',
    'a module is being loaded by require()',
    'Wait after loading, in a function that the module exports.',
  );
}

// V8 12 (Node 22) keeps the running JSON.stringify() calls of an isolate in one list and aborts when they do not end
// in reverse order, which those of two contexts need not. Other versions have no such list.
function guardStringify(): void {
  if (!process.versions.v8.startsWith('12.')) return;
  forbidSuspendingIn(
    JSON,
    'stringify',
    'JSON.stringify() is running, which Node 22 cannot suspend',
    'Wait before stringifying, not in toJSON(), a getter or the replacer.',
  );
}

// V8 lists the arrays being joined, for all stacks, to find cycles: two contexts in the same array take each other for
// a cycle, and V8 aborts when a list that grew loses its first entry before the others. toString() calls join().
function guardArrayJoin(): void {
  for (const name of ['join', 'toLocaleString']) {
    forbidSuspendingIn(
      Array.prototype,
      name,
      'an array is being made into a string',
      'Make its elements into strings first, with map(String): their toString() may wait there.',
    );
  }
}

// V8 holds one "formatting a stack" flag for all stacks: others would get unformatted ones meanwhile.
function guardPrepareStackTrace(): void {
  let prepare: unknown = Error.prepareStackTrace;
  let guarded: unknown = guardPrepare(prepare);
  Object.defineProperty(Error, 'prepareStackTrace', {
    configurable: true,
    enumerable: true,
    get: () => guarded,
    set: (value: unknown) => {
      // Code that saves the hook and puts it back hands us the guarded one.
      if (value === guarded) return;
      prepare = value;
      guarded = guardPrepare(value);
    },
  });
}

const preparers = new WeakMap<object, unknown>();

function guardPrepare(prepare: unknown): unknown {
  if (typeof prepare !== 'function') return prepare;
  const known = preparers.get(prepare);
  if (known !== undefined) return known;
  const guarded = function (this: unknown, ...args: unknown[]): unknown {
    if (currentContext() === null) return Reflect.apply(prepare, this, args);
    return withoutSuspending(
      'Error.prepareStackTrace is formatting a stack',
      'Read error.stack first and wait afterwards.',
      () => Reflect.apply(prepare, this, args),
    );
  };
  preparers.set(prepare, guarded);
  preparers.set(guarded, guarded);
  return guarded;
}

// Node keeps the root-certificate store in thread-local storage. With kinds that give a context thread-local
// storage of its own, a TLS connection begun there would abort the process.
function runCertificateStoreOnMain(): void {
  const tls = createRequire(import.meta.url)('node:tls') as Record<string, unknown>;
  for (const name of ['createSecureContext', 'getCACertificates', 'setDefaultCACertificates']) {
    const original = tls[name];
    if (typeof original !== 'function') continue; // the latter two are younger than Node 20
    const onMain = function (this: unknown, ...args: unknown[]): unknown {
      const context = currentContext();
      const call = (): unknown => Reflect.apply(original, this, args);
      return context === null ? call() : context.callOnMain(call);
    };
    Object.defineProperties(onMain, Object.getOwnPropertyDescriptors(original));
    tls[name] = onMain;
  }
}
