// The green twin of one of Node's blocking functions: in a context it suspends, everywhere else, and wherever that
// would not pay or could do harm, it is the original.

import { currentContext, type GreenContext, MAX_TIMEOUT_MS, newWaiter, shield, type Waiter } from '../pool/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: Node's functions, of whatever type
export type AnyFunction = (...args: any[]) => any;

/** What ends the waiting: once. The value ORIGINAL says that the original is to be called after all. */
export type Settle = (error: unknown, value?: unknown) => void;

export interface TwinOptions {
  /** Whether these arguments are worth leaving the thread for, and such that the asynchronous way takes them. */
  readonly pays: (args: readonly unknown[], self: unknown) => boolean;
  /**
   * Starts the work, and settles it from whatever callback. What it throws is thrown in place. May return what gives it
   * up when the context is cancelled; it must tolerate to be called too late.
   */
  readonly start: (args: readonly unknown[], self: unknown, settle: Settle) => (() => void) | undefined;
  /**
   * Whether the call, when its context is cancelled, must still wait for the end of the work, because that uses memory or
   * a descriptor of the caller's, who would give it to somebody else. What gives it up must then settle what has not begun.
   */
  readonly lingers?: (args: readonly unknown[], self: unknown) => boolean;
}

export const ORIGINAL: unique symbol = Symbol.for('greenroom.original') as never;

/**
 * A function with the name, length and own properties of `original`. Called in a context, where suspending is allowed
 * and not below one of Node's own blocking functions, it suspends the context while the work is done; the errors are the
 * original's, with the caller's frames.
 */
export function twinOf<F extends AnyFunction>(original: F, { pays, start, lingers }: TwinOptions): F {
  const twin = function (this: unknown, ...args: unknown[]): unknown {
    const context = currentContext();
    if (context === null) return Reflect.apply(original, this, args);
    if (context.blockingDepth > 0 || !context.maySuspend || !pays(args, this)) {
      return blocking(context, original, this, args);
    }
    const begin = (settle: Settle): (() => void) | undefined => start(args, this, settle);
    const value = waitFor(original.name, begin, twin, lingers?.(args, this));
    return value === ORIGINAL ? blocking(context, original, this, args) : value;
  };
  Object.defineProperties(twin, Object.getOwnPropertyDescriptors(original));
  Object.defineProperty(twin, ORIGINAL, { value: original });
  return twin as F;
}

function blocking(context: GreenContext, original: AnyFunction, self: unknown, args: readonly unknown[]): unknown {
  context.blockingDepth++;
  try {
    return Reflect.apply(original, self, args);
  } finally {
    context.blockingDepth--;
  }
}

/** Suspends the context until `start` settles; errors show the frames below `entry`. */
export function waitFor(
  name: string,
  start: (settle: Settle) => (() => void) | undefined,
  entry: AnyFunction,
  lingers = false,
): unknown {
  const outcome = new Outcome(`${name}()`);
  currentContext()?.throwIfCancelled(); // before anything has begun that nobody would wait for
  outcome.wait(start(outcome.settle), lingers);
  if (outcome.error === null) return outcome.value;
  if (outcome.error instanceof Error) Error.captureStackTrace(outcome.error, entry);
  throw outcome.error;
}

class Outcome {
  error: unknown = null;
  value: unknown = undefined;
  readonly #call: string;
  #waiter: Waiter;
  #settled = false;

  constructor(call: string) {
    this.#call = call;
    this.#waiter = newWaiter(call);
  }

  readonly settle: Settle = (error, value) => {
    this.#settled = true;
    this.error = error ?? null;
    this.value = value;
    this.#waiter.fulfil(undefined);
  };

  wait(giveUp: (() => void) | undefined, lingers: boolean): void {
    let returned = false;
    this.#waiter.onAbandon = giveUp ?? null;
    try {
      this.#waiter.wait();
      returned = true;
    } finally {
      if (!returned) {
        giveUp?.();
        if (lingers && !this.#settled) this.#linger();
      }
    }
  }

  #linger(): void {
    shield({ timeout: MAX_TIMEOUT_MS }, () => {
      this.#waiter = newWaiter(this.#call);
      this.#waiter.wait();
    });
  }
}
