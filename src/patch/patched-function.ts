// What stands in a module in place of one of Node's functions while the process is patched. It chooses, call by call,
// between Node's own and the green one, and counts. Copies that others have taken of it are Node's own again after undo().

import { currentContext } from '../pool/index.ts';
import type { AnyFunction } from '../std/twin.ts';

/** How often a function was called in a context. */
export interface PatchedCalls {
  /** Calls that suspended their context, and left the event loop to others. */
  readonly suspended: number;
  /** Calls that blocked: too short to be worth it, or where suspending is not allowed. */
  readonly blocked: number;
}

export interface PatchedFunction {
  readonly fn: AnyFunction;
  /** Takes `green` from now on; null: Node's own, for good. */
  use(green: AnyFunction | null): void;
  readonly calls: PatchedCalls;
}

/** They only make something, and neither suspend nor block; what they make does. */
const MAKERS: ReadonlySet<string> = new Set(['createSign', 'Sign']);

/**
 * @param original - what is called outside contexts.
 * @param blocks - whether a call must not suspend, whatever it would be.
 */
export function patchedFunction(
  original: AnyFunction,
  green: AnyFunction,
  blocks: ((args: readonly unknown[]) => boolean) | null,
): PatchedFunction {
  const calls = { suspended: 0, blocked: 0 };
  let used: AnyFunction | null = green;
  const counts = !MAKERS.has(green.name);

  const fn = function (this: unknown, ...args: unknown[]): unknown {
    const context = used === null ? null : currentContext();
    const chosen = context === null ? original : (used as AnyFunction);
    if (new.target !== undefined) return Reflect.construct(chosen, args, new.target);
    if (context === null) return Reflect.apply(original, this, args);
    if (blocks?.(args) === true) {
      calls.blocked++;
      context.blockingDepth++;
      try {
        return Reflect.apply(original, this, args);
      } finally {
        context.blockingDepth--;
      }
    }
    if (!counts) return Reflect.apply(chosen, this, args);
    const waits = context.task?.waits;
    try {
      return Reflect.apply(chosen, this, args);
    } finally {
      if (context.task?.waits === waits) calls.blocked++;
      else calls.suspended++;
    }
  };
  Object.defineProperties(fn, Object.getOwnPropertyDescriptors(green));
  return {
    fn,
    calls,
    use: (next) => {
      used = next;
    },
  };
}
