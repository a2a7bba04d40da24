// A module that lives in worker threads, seen from a context: its functions, each call of which waits.

import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import { InvalidOptionError } from '../../errors.ts';
import { assertKnownKeys } from '../../pool/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: functions of whatever type
type AnyFunction = (...args: any[]) => any;

type Waiting<F> = F extends (...args: infer A) => infer R ? (...args: A) => Awaited<R> : never;

/** The functions of module `T`; what returns a promise there returns its value here. */
export type Offloaded<T> = {
  readonly [K in keyof T as T[K] extends AnyFunction ? K : never]: Waiting<T[K]>;
} & (T extends AnyFunction ? Waiting<T> : unknown);

export interface OffloadModuleOptions {
  /** Whose `import` it is: `import.meta.url`, or a path. Default: the application's main file; relative names need it. */
  from?: string | URL;
}

/** A call of export `name`, null for the module itself; `entry`: the function called, for the stacks of errors. */
type Call = (name: string | null, args: readonly unknown[], entry: AnyFunction) => unknown;

export function proxyOf<T extends object>(call: Call): Offloaded<T> {
  const functions = new Map<string, AnyFunction>();
  const functionOf = (name: string): AnyFunction => {
    let fn = functions.get(name);
    if (fn === undefined) {
      fn = Object.defineProperty((...args: unknown[]) => call(name, args, fn as AnyFunction), 'name', { value: name });
      functions.set(name, fn);
    }
    return fn;
  };
  const itself = (...args: unknown[]): unknown => call(null, args, itself);
  return new Proxy(itself, {
    // What is returned from async functions is asked for `then`.
    get: (_target, key) => (typeof key === 'symbol' || key === 'then' ? undefined : functionOf(key)),
    set: () => false,
  }) as unknown as Offloaded<T>;
}

/** Where the module is looked for from. */
export function folderOf(specifier: unknown, options: OffloadModuleOptions): string {
  if (typeof specifier !== 'string' && !(specifier instanceof URL)) {
    throw new InvalidOptionError('offloadModule() specifier', 'a string or URL', specifier);
  }
  assertKnownKeys(options, { from: '' }, 'offloadModule() options');
  const { from } = options;
  if (from === undefined) {
    if (/^\.\.?\//.test(String(specifier))) {
      throw new InvalidOptionError('offloadModule() from', 'import.meta.url, for a relative name', from);
    }
    return applicationFolder();
  }
  if (typeof from !== 'string' && !(from instanceof URL)) {
    throw new InvalidOptionError('offloadModule() from', 'a path or file URL', from);
  }
  return dirname(String(from).startsWith('file:') ? fileURLToPath(from) : String(from));
}

/** That of the main file; the working directory where there is none. */
export function applicationFolder(): string {
  const main = process.argv[1];
  return main === undefined ? process.cwd() : dirname(main);
}
