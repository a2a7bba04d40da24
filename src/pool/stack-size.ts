// How large a context's stack must be. V8 lets JavaScript use `--stack-size` KiB below the point where a
// stack was first entered, whatever stack it is (ENGINE.md trap 1), so a smaller mapping would end a deep
// recursion in a segmentation fault instead of a RangeError. The memory is committed only as it is touched.

import { isMainThread, resourceLimits } from 'node:worker_threads';

const V8_DEFAULT_STACK_KIB = 984;

// For the native frames that run past V8's limit, below the last JavaScript frame.
const SLACK_BYTES = 256 * 1024;

/** The `--stack-size` this process was started with, in KiB. */
export function stackSizeKib(): number {
  return (
    stackSizeOption(process.execArgv) ??
    stackSizeOption(process.env['NODE_OPTIONS']?.split(/\s+/) ?? []) ??
    V8_DEFAULT_STACK_KIB
  );
}

export function contextStackBytes(): number {
  const flagBytes = Math.max(stackSizeKib(), V8_DEFAULT_STACK_KIB) * 1024;
  // Since Node 26 a worker's own limit, set from its stackSizeMb, holds for every stack of its isolate.
  const workerBytes = isMainThread ? 0 : (resourceLimits.stackSizeMb ?? 4) * 1024 * 1024;
  return Math.max(flagBytes, workerBytes) + SLACK_BYTES;
}

/** V8 lets JavaScript use no less than this on any stack of this environment. */
export function smallestStackBytes(): number {
  const kib = Math.min(stackSizeKib(), V8_DEFAULT_STACK_KIB);
  const workerBytes = isMainThread ? Number.POSITIVE_INFINITY : (resourceLimits.stackSizeMb ?? 4) * 1024 * 1024;
  return Math.min(kib * 1024, workerBytes);
}

function stackSizeOption(options: readonly string[]): number | undefined {
  for (const [at, option] of options.entries()) {
    const match = /^--stack[-_]size(?:=(\d+))?$/.exec(option);
    if (match !== null) return Number(match[1] ?? options[at + 1]);
  }
  return undefined;
}
