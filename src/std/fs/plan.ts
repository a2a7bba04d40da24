// How one call is to be done without blocking: what it needs, how it starts. A function of the table in data-functions.ts
// or every-function.ts makes a plan from its arguments, or none: then the original is called.

import { type AnyFunction, ORIGINAL, type Settle, twinOf } from '../twin.ts';
import { type Claim, pathLocks } from './path-locks.ts';

export interface Plan {
  /** The files that nobody else may use meanwhile. */
  readonly claims?: readonly Claim[];
  /**
   * Starts the work. What it throws, or a value ORIGINAL, has the original called, which then throws what is right. May
   * return what stops it; may give the claims back, by `leave`, before its end.
   */
  readonly begin: (done: Settle, leave: () => void) => (() => void) | undefined;
  /** Takes care of a value that comes when nobody waits for it any more: a descriptor, say. */
  readonly late?: (value: unknown) => void;
}

/** Null when the original is to be called: it is quicker, or knows better what is wrong with the arguments. */
export type Planner = (args: readonly unknown[]) => Plan | null;

/** The green twin of `original`, whose calls `plan` plans. */
export function plannedTwin<F extends AnyFunction>(original: F, planner: Planner): F {
  let planned: Plan | null = null; // from pays() to start(), which nothing comes between
  return twinOf(original, {
    pays: (args) => {
      planned = planner(args);
      return planned !== null;
    },
    start: (_args, _self, settle) => {
      const plan = planned as Plan;
      planned = null; // or it would keep the last call's data
      return startPlan(plan, settle);
    },
    lingers: usesCallersOwn,
  });
}

function startPlan({ claims = [], begin, late }: Plan, settle: Settle): () => void {
  let begun = false;
  let gaveUp = false;
  let outcome: { readonly given: boolean; readonly value: unknown } | null = null;
  let stop: (() => void) | undefined;
  const leave = pathLocks.enter(claims, (leaveNow) => {
    begun = true;
    const done: Settle = (error, value) => {
      if (outcome !== null) return;
      const failed = error !== null && error !== undefined;
      outcome = { given: !failed && value !== ORIGINAL, value };
      leaveNow();
      if (gaveUp && outcome.given) late?.(value);
      settle(error, value);
    };
    try {
      stop = begin(done, leaveNow);
    } catch {
      done(null, ORIGINAL); // arguments that the asynchronous function refuses: nothing has begun
    }
  });
  return () => {
    if (gaveUp) return;
    gaveUp = true;
    if (outcome !== null) {
      if (outcome.given) late?.(outcome.value);
    } else if (begun) stop?.();
    else {
      leave();
      settle(null);
    }
  };
}

// A descriptor that is closed, or memory that is written to, by a caller whose context was cancelled, while the thread
// pool still works with it: then another file is written to, or the wrong bytes.
function usesCallersOwn(args: readonly unknown[]): boolean {
  return typeof args[0] === 'number' || args.some((arg) => ArrayBuffer.isView(arg));
}
