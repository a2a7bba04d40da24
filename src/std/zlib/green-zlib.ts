// createGreenZlib(): node:zlib, with its blocking functions replaced by twins that suspend.

import zlib from 'node:zlib';

import { assertInteger, assertKnownKeys, withDefaults } from '../../pool/index.ts';
import { cpuTwin } from '../cpu-twin.ts';
import { namespaceWith, type Replaced } from '../namespace-of.ts';
import { type ZlibLimits, zlibPlanners } from './green-functions.ts';
import { originalOf } from './originals.ts';

export interface GreenZlibOptions {
  /** From how many bytes on a call suspends; below, it blocks for that short. */
  min?: Partial<ZlibLimits>;
  /**
   * In pieces of how many bytes decompressed data come from the thread pool, where the call does not say: 64 to 2^30.
   * Default 131,072; Node's own is 16,384, and each piece is a way to the pool and back. The result is the same.
   */
  chunkSize?: number;
}

export interface GreenZlib {
  /** All of `node:zlib`, with what `replaced` names replaced. */
  readonly namespace: typeof zlib;
  /** By name, what this Node has: its own function, and the green one in its place. */
  readonly replaced: ReadonlyMap<string, Replaced>;
}

/** What `createGreenZlib()` does unless told otherwise. By measurement: see docs/std.md. */
export const GREEN_ZLIB_DEFAULTS: Readonly<{ min: Readonly<ZlibLimits>; chunkSize: number }> = Object.freeze({
  min: Object.freeze({ gzip: 8192, brotli: 0, zstd: 65_536, gunzip: 262_144 }),
  chunkSize: 131_072,
});

/**
 * Makes a namespace like `greenroom/std/zlib` with other settings. Never suspends. All namespaces of a process share one
 * limit of what computes at once: a thread of libuv's pool is left to others.
 *
 * @param options - see {@link GreenZlibOptions}; `min` in bytes, 0 to 2^53 - 1 each.
 * @throws `GREEN_ERR_OPT_INVALID` for bad options.
 * @example
 * ```ts
 * import { createGreenZlib } from 'greenroom/std/zlib';
 *
 * export const { namespace: zlib } = createGreenZlib({ min: { gzip: 65_536 } });
 * ```
 */
export function createGreenZlib(options: GreenZlibOptions = {}): GreenZlib {
  assertKnownKeys(options, GREEN_ZLIB_DEFAULTS, 'createGreenZlib() options');
  const { min: given, chunkSize } = withDefaults(options as Partial<Required<GreenZlibOptions>>, GREEN_ZLIB_DEFAULTS);
  assertInteger('chunkSize', chunkSize, 64, 2 ** 30);
  assertKnownKeys(given, GREEN_ZLIB_DEFAULTS.min, 'min');
  const min = withDefaults(given, GREEN_ZLIB_DEFAULTS.min);
  for (const [name, bytes] of Object.entries(min)) assertInteger(`min.${name}`, bytes, 0, Number.MAX_SAFE_INTEGER);

  const replaced = new Map<string, Replaced>();
  for (const [name, plan] of Object.entries(zlibPlanners(min, chunkSize))) {
    const original = originalOf(name);
    if (original !== undefined) replaced.set(name, { original, green: cpuTwin(original, plan) });
  }
  return { namespace: namespaceWith(zlib, replaced), replaced };
}
