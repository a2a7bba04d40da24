// createGreenFs(): node:fs, with its blocking functions replaced by twins that suspend.

import fs from 'node:fs';
import { assertInteger, assertKnownKeys, assertOneOf, withDefaults } from '../../pool/index.ts';
import { namespaceWith, type Replaced } from '../namespace-of.ts';
import type { AnyFunction } from '../twin.ts';
import { type DataLimits, dataPlanners } from './data-functions.ts';
import { everyDataPlanners } from './every-data.ts';
import { everyPlanner } from './every-function.ts';
import { originalOf } from './originals.ts';
import { isPath } from './path-key.ts';
import { type Planner, plannedTwin } from './plan.ts';

export interface GreenFsOptions {
  /**
   * Which functions suspend. `'data'`: those that move or flush data, or walk trees. `'all'`: the quick ones too (`stat`,
   * `open`, `mkdir` …), and reads and appends of every size, for network shares and cold disks; on a warm local disk that
   * costs 3 to 20 times their CPU time. Default `'data'`.
   */
  functions?: 'data' | 'all';
  /** From how many bytes on a call of one of `'data'`'s suspends; below, it blocks for that short. With `'all'`: ignored. */
  min?: Partial<DataLimits>;
}

export interface GreenFs {
  /** All of `node:fs`, with what `replaced` names replaced. */
  readonly namespace: typeof fs;
  /** By name, what this Node has: its own function, and the green one in its place. */
  readonly replaced: ReadonlyMap<string, Replaced>;
}

/** What `createGreenFs()` does unless told otherwise. By measurement: see docs/std.md. */
export const GREEN_FS_DEFAULTS: Readonly<{ functions: 'data' | 'all'; min: Readonly<DataLimits> }> = Object.freeze({
  functions: 'data',
  min: Object.freeze({ readFile: 262_144, appendFile: 65_536 }),
});

/**
 * Makes a namespace like `greenroom/std/fs` with other settings. Never suspends. All namespaces of a thread share their
 * locks.
 *
 * @param options - see {@link GreenFsOptions}; `min` in bytes, 0 to 2^53 - 1 each.
 * @throws `GREEN_ERR_OPT_INVALID` for bad options.
 * @example
 * ```ts
 * import { createGreenFs } from 'greenroom/std/fs';
 *
 * export const { namespace: shareFs } = createGreenFs({ functions: 'all' });
 * ```
 */
export function createGreenFs(options: GreenFsOptions = {}): GreenFs {
  assertKnownKeys(options, GREEN_FS_DEFAULTS, 'createGreenFs() options');
  const { functions, min: given } = withDefaults(options as Partial<Required<GreenFsOptions>>, GREEN_FS_DEFAULTS);
  assertOneOf('functions', functions, ['data', 'all']);
  assertKnownKeys(given, GREEN_FS_DEFAULTS.min, 'min');
  const min = withDefaults(given, GREEN_FS_DEFAULTS.min);
  for (const [name, bytes] of Object.entries(min)) assertInteger(`min.${name}`, bytes, 0, Number.MAX_SAFE_INTEGER);

  const replaced = new Map<string, Replaced>();
  for (const [name, plan] of Object.entries(functions === 'all' ? plannersForAll(min) : dataPlanners(min))) {
    const original = originalOf(name);
    if (original === undefined) continue;
    const green = plannedTwin(original, plan);
    if (name === 'realpathSync') replaceNative(original, green);
    replaced.set(name, { original, green });
  }
  return { namespace: namespaceWith(fs, replaced), replaced };
}

// The first plan of these that suits the arguments.
function plannersForAll(min: DataLimits): Record<string, Planner> {
  const planners: Record<string, Planner> = {};
  for (const table of [everyDataPlanners(), dataPlanners({ ...min, readFile: 0, appendFile: 0 }), everyPlanner()]) {
    for (const [name, plan] of Object.entries(table)) {
      const earlier = planners[name];
      planners[name] = earlier === undefined ? plan : (args) => earlier(args) ?? plan(args);
    }
  }
  return planners;
}

function replaceNative(original: AnyFunction, green: AnyFunction): void {
  const { native } = original as unknown as { native: AnyFunction };
  const start = (originalOf('realpath') as unknown as { native: AnyFunction }).native;
  const twin = plannedTwin(native, ([path, options]) =>
    isPath(path) ? { begin: (done) => start(path, options, done) } : null,
  );
  Object.defineProperty(green, 'native', { ...Object.getOwnPropertyDescriptor(original, 'native'), value: twin });
}
