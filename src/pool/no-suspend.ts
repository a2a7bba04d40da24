// No-suspend regions: stretches of code that other contexts must not run in the middle of.

import { currentContext } from './green-context.ts';

type AnyFunction = (...args: never[]) => unknown;

/** Calls `fn`; a wait() in it, on this context, throws GREEN_ERR_WAIT_FORBIDDEN with this reason and remedy. */
export function withoutSuspending<R>(reason: string, remedy: string, fn: () => R): R {
  const context = currentContext();
  if (context === null || context.forbidden !== null) return fn();
  context.forbidden = [reason, remedy];
  try {
    return fn();
  } finally {
    context.forbidden = null;
  }
}

/**
 * Replaces `holder[name]` by a version whose calls are no-suspend regions when `applies` says so. Name, length and
 * own properties stay those of the original.
 */
export function forbidSuspendingIn(
  holder: object,
  name: string,
  reason: string,
  remedy: string,
  applies: (args: readonly unknown[]) => boolean = () => true,
): void {
  const methods = holder as Record<string, AnyFunction>;
  const original = methods[name];
  if (typeof original !== 'function') return;
  const region = [reason, remedy] as const;
  // As withoutSuspending(), but without a closure a call: some of these are called all the time.
  const guarded = function (this: unknown, ...args: never[]): unknown {
    const context = currentContext();
    if (context === null || context.forbidden !== null || !applies(args)) return Reflect.apply(original, this, args);
    context.forbidden = region;
    try {
      return Reflect.apply(original, this, args);
    } finally {
      context.forbidden = null;
    }
  };
  Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(original));
  methods[name] = guarded;
}
