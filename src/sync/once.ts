// Single flight: callers who ask for the same thing at once share one run. After Go's x/sync/singleflight, with two
// differences: the run is a task of its own, so that no caller's cancellation reaches the others; and it is cancelled when
// the last one has left.

import { InvalidOptionError } from '../errors.ts';
import { assertFunction, assertKnownKeys, type WaitOptions } from '../pool/index.ts';
import { Flights, type OnceStats } from './flights.ts';
import type { SyncOptions } from './primitive.ts';

export interface OnceOptions<A extends unknown[]> extends SyncOptions {
  /** What calls must have in common to share a run. Default: the only argument; needed if there are more. */
  key?: (...args: A) => unknown;
  /** Whether what a run returned is kept for later callers: for ever, or so many milliseconds. Default: no. */
  keep?: boolean | number;
}

const ONCE_OPTIONS = { name: undefined, key: undefined, keep: undefined };

/** What `once()` returns. */
export interface Once<A extends unknown[], R> {
  /** Runs the function, joins a run, or returns what was kept. Suspends the context until the run has ended. */
  (...args: A): Awaited<R>;
  /** The same with limits of this caller's waiting; see `wait()`. */
  within(options: WaitOptions, ...args: A): Awaited<R>;
  /** Forgets what was kept; a run that goes on is kept from later callers. Returns whether there was either. */
  forget(...args: A): boolean;
  /** As `forget()`, of every key. */
  clear(): void;
  readonly stats: OnceStats;
}

/**
 * Makes `fn` into a function whose concurrent calls with an equal key share one run, and its outcome or error. The run is
 * a task of its own, with the AsyncLocalStorage stores of its first caller; it holds none of that caller's locks. A caller
 * that is cancelled leaves the others their run; when all have left, the run is cancelled.
 *
 * The function that comes back suspends the context, and throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`,
 * `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN` and `GREEN_ERR_OPT_INVALID` as `wait()`; what `fn` throws,
 * which is never kept; and `GREEN_ERR_SYNC_MISUSE` when a run asks for its own outcome.
 *
 * @param fn - may wait.
 * @throws `GREEN_ERR_OPT_INVALID` for bad arguments.
 * @example
 * ```ts
 * import { once } from 'greenroom/sync';
 *
 * const loadUser = once((id) => http.get(`/users/${id}`).json(), { keep: 1000 });
 * ```
 * @see docs/sync.md
 */
export function once<A extends unknown[], R>(fn: (...args: A) => R, options: OnceOptions<A> = {}): Once<A, R> {
  assertFunction('once() argument', fn);
  assertKnownKeys(options, ONCE_OPTIONS, 'once() options');
  if (options.key !== undefined) assertFunction('key', options.key);
  const { keep = false, name = fn.name || 'anonymous' } = options;
  if (typeof keep !== 'boolean' && !(typeof keep === 'number' && keep >= 0)) {
    throw new InvalidOptionError('keep', 'true, false or a number of 0 or more (milliseconds)', keep);
  }
  const keepMs = typeof keep === 'boolean' ? (keep ? Number.POSITIVE_INFINITY : 0) : keep;
  const flights = new Flights(fn as (...args: unknown[]) => unknown, name, keepMs);
  const keyOf = (args: A): unknown => {
    if (options.key !== undefined) return options.key(...args);
    if (args.length > 1) throw new InvalidOptionError('key', 'given for a function of more than one argument');
    return args[0];
  };
  const within = (limits: WaitOptions, ...args: A): unknown => flights.call(limits, keyOf(args), args);
  const shared = (...args: A): unknown => within({}, ...args);
  Object.defineProperties(shared, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
    within: { value: within },
    forget: { value: (...args: A): boolean => flights.forget(keyOf(args)) },
    clear: { value: (): void => flights.clear() },
    stats: { get: (): OnceStats => flights.stats },
  });
  return shared as Once<A, R>;
}
