// No-suspend regions: stretches of code that other contexts must not run in the middle of.

import { WaitForbiddenError } from '../errors.ts';
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

let noContexts: readonly [reason: string, remedy: string] | null = null;

/** Calls `fn`; in it, on whatever stack, nothing may suspend and no context may start. */
function withoutContexts<R>(reason: string, remedy: string, fn: () => R): R {
  const outer = noContexts;
  noContexts = [`${reason}, where no context can start either`, remedy];
  try {
    return withoutSuspending(reason, remedy, fn);
  } finally {
    noContexts = outer;
  }
}

/** @throws `GREEN_ERR_WAIT_FORBIDDEN` in withoutContexts(). */
export function assertMayStart(): void {
  if (noContexts !== null) throw new WaitForbiddenError(...noContexts);
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
  const original = (holder as Record<string, AnyFunction>)[name];
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
  replace(holder, name, guarded);
}

/** As forbidSuspendingIn(), for calls that no context may start in. */
export function forbidContextsIn(
  holder: object,
  name: string,
  reason: string,
  remedy: string,
  applies: (args: readonly unknown[]) => boolean,
): void {
  const original = (holder as Record<string, AnyFunction>)[name];
  if (typeof original !== 'function') return;
  replace(holder, name, function (this: unknown, ...args: never[]): unknown {
    const call = (): unknown => Reflect.apply(original, this, args);
    return applies(args) ? withoutContexts(reason, remedy, call) : call();
  });
}

function replace(holder: object, name: string, guarded: AnyFunction): void {
  const methods = holder as Record<string, AnyFunction>;
  Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(methods[name]));
  methods[name] = guarded;
}
