// greenroom/offload: code that computes, or blocks in its own native part, and has no asynchronous twin: bcryptjs, sass,
// better-sqlite3, templates. It runs in worker threads, and the context waits.

import type { Offloaded, OffloadModuleOptions } from './module-proxy.ts';
import { OffloadPool } from './offload-pool.ts';

export type { Offloaded, OffloadModuleOptions } from './module-proxy.ts';
export {
  OffloadClosedError,
  OffloadFullError,
  OffloadUnavailableError,
  OffloadUnsendableError,
  OffloadWorkerError,
} from './offload-errors.ts';
export { OFFLOAD_DEFAULTS, type OffloadPoolOptions } from './offload-options.ts';
export { OffloadPool } from './offload-pool.ts';
export type { OffloadStats } from './offload-threads.ts';

/** The pool of `offload()` and `offloadModule()`, with {@link OFFLOAD_DEFAULTS}. It has no threads before the first call. */
export const sharedOffloadPool: OffloadPool = new OffloadPool();

/**
 * Runs `fn(...args)` in a worker thread and returns what it returns, or what the promise that it returns resolves to.
 * Suspends the context meanwhile. A round trip takes 50 to 100 µs: it pays from 0.2 ms of blocking on.
 *
 * - Only the function's own text is sent: nothing of what is around it is there, but `require()` and `import()`, which look
 *   from the application's main file, and Node's globals.
 * - Arguments and result are cloned, as by `structuredClone()`.
 * - What it throws is thrown here: of the same class if that is one of JavaScript's, of class Error with the same `name`
 *   otherwise, with `code` and the other properties; its stack has the frames of the worker, then the caller's.
 * - When the context is cancelled the call leaves the queue, or the thread is ended, wherever it is.
 *
 * @throws `GREEN_ERR_OFFLOAD_UNSENDABLE` for a class, a bound or native function, one that uses what is around it, and for
 *   arguments and results that cannot be cloned.
 * @throws `GREEN_ERR_OFFLOAD_WORKER` when the thread ends by itself; `GREEN_ERR_OFFLOAD_UNAVAILABLE` without piscina;
 *   `GREEN_ERR_OFFLOAD_FULL` and `GREEN_ERR_OFFLOAD_CLOSED`; `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT` and
 *   `GREEN_ERR_WAIT_FORBIDDEN` as `wait()`.
 * @example
 * ```ts
 * import { offload } from 'greenroom/offload';
 *
 * const hash = offload((password) => require('bcryptjs').hashSync(password, 10), 'secret');
 * ```
 */
export function offload<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Awaited<R> {
  return sharedOffloadPool.run(fn, ...args);
}

/**
 * A module in the worker threads: an object whose functions run there, each call as {@link offload} describes. The module
 * is loaded by every thread that needs it, and keeps its state from call to call of that thread, not between threads.
 * Never suspends itself; the calls of the functions do.
 *
 * @param specifier - as for `import`: a package, an absolute path or URL; a relative name with `from`.
 * @param options - see {@link OffloadModuleOptions}.
 * @throws `GREEN_ERR_OPT_INVALID` for bad arguments. A module that cannot be loaded, or lacks the function, throws at the
 *   call.
 * @example
 * ```ts
 * import { offloadModule } from 'greenroom/offload';
 *
 * const bcrypt = offloadModule<typeof import('bcryptjs')>('bcryptjs');
 * const matches = bcrypt.compareSync('secret', bcrypt.hashSync('secret', 10));
 * ```
 */
export function offloadModule<T extends object = Record<string, (...args: unknown[]) => unknown>>(
  specifier: string | URL,
  options?: OffloadModuleOptions,
): Offloaded<T> {
  return sharedOffloadPool.module<T>(specifier, options);
}
