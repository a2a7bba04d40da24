// Which of Node's modules have green functions, and what those are: the one table that the patch of a whole process and
// the scoped one are made from.

import { assertBoolean } from '../pool/index.ts';
import { createGreenChildProcess, type GreenChildProcessOptions } from '../std/child_process/index.ts';
import { createGreenCrypto, type GreenCryptoOptions } from '../std/crypto/index.ts';
import { createGreenFs, type GreenFsOptions } from '../std/fs/index.ts';
import type { Replaced } from '../std/namespace-of.ts';
import { createGreenZlib, type GreenZlibOptions } from '../std/zlib/index.ts';

/** A module of Node's and the green functions for it. */
export interface GreenBuiltin {
  /** All of the module, with the green functions in their places. */
  readonly namespace: object;
  /** By name: Node's own function and the green one. */
  readonly replaced: ReadonlyMap<string, Replaced>;
}

/** For each module: `false` leaves it alone, `true` is as measured (docs/std.md), an object says what its factory takes. */
export interface BuiltinOptions {
  /** For `createGreenFs()` of `greenroom/std/fs`. Default `true`. */
  fs?: boolean | GreenFsOptions;
  /** For `createGreenChildProcess()` of `greenroom/std/child_process`. Default `true`. */
  child_process?: boolean | GreenChildProcessOptions;
  /** For `createGreenCrypto()` of `greenroom/std/crypto`. Default `true`. */
  crypto?: boolean | GreenCryptoOptions;
  /** For `createGreenZlib()` of `greenroom/std/zlib`. Default `true`. */
  zlib?: boolean | GreenZlibOptions;
}

const FACTORIES: Readonly<Record<keyof BuiltinOptions, (options: never) => GreenBuiltin>> = {
  fs: createGreenFs,
  child_process: createGreenChildProcess,
  crypto: createGreenCrypto,
  zlib: createGreenZlib,
};

/** The names of the modules that there are green functions for. */
export const BUILTIN_NAMES: readonly (keyof BuiltinOptions)[] = Object.freeze(
  Object.keys(FACTORIES) as (keyof BuiltinOptions)[],
);

/** By name, the modules that `options` does not leave alone. */
export function greenBuiltins(options: BuiltinOptions): Map<keyof BuiltinOptions, GreenBuiltin> {
  const builtins = new Map<keyof BuiltinOptions, GreenBuiltin>();
  for (const name of BUILTIN_NAMES) {
    const given = options[name] ?? true;
    if (typeof given !== 'object') assertBoolean(name, given);
    if (given === false) continue;
    builtins.set(name, FACTORIES[name]((given === true ? {} : given) as never));
  }
  return builtins;
}
