// Offloaded calls as a context sees them: they return, or throw, in place.

import { assertBoolean, assertFunction, assertKnownKeys } from '../../pool/index.ts';
import { waitFor } from '../twin.ts';
import { errorOf, isCloneError } from './failure.ts';
import { sourceOf } from './function-source.ts';
import { applicationFolder, folderOf, type Offloaded, type OffloadModuleOptions, proxyOf } from './module-proxy.ts';
import { OffloadClosedError, OffloadUnsendableError, OffloadWorkerError } from './offload-errors.ts';
import { type OffloadPoolOptions, resolveOptions } from './offload-options.ts';
import { type Answer, type OffloadStats, OffloadThreads } from './offload-threads.ts';

const CLOSE_OPTIONS = { force: undefined };

type AnyFunction = (...args: never[]) => unknown;

/**
 * Worker threads of your own, with limits of their own: for a package that needs much memory, say.
 *
 * @example
 * ```ts
 * import { OffloadPool } from 'greenroom/offload';
 *
 * const styles = new OffloadPool({ maxThreads: 1, resourceLimits: { maxOldGenerationSizeMb: 256 } });
 * const sass = styles.module('sass');
 * ```
 */
export class OffloadPool implements AsyncDisposable {
  readonly #threads: OffloadThreads;

  /** @throws `GREEN_ERR_OPT_INVALID` for bad options. */
  constructor(options: OffloadPoolOptions = {}) {
    this.#threads = new OffloadThreads(resolveOptions(options));
  }

  /** Suspends the context. See {@link offload}. */
  run<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Awaited<R> {
    assertFunction('offload() fn', fn);
    return this.#call('offload', { source: sourceOf(fn), folder: applicationFolder(), args }, this.run) as Awaited<R>;
  }

  /** Never suspends. See {@link offloadModule}. */
  module<T extends object>(specifier: string | URL, options: OffloadModuleOptions = {}): Offloaded<T> {
    const folder = folderOf(specifier, options);
    const href = String(specifier);
    return proxyOf<T>((name, args, entry) =>
      this.#call(`offloaded ${name ?? 'module'}`, { specifier: href, folder, name, args }, entry),
    );
  }

  get stats(): OffloadStats {
    return this.#threads.stats;
  }

  /**
   * Ends the threads. Never suspends; in a context, `wait()` for it.
   *
   * @param options - `force`: now, with running and queued calls throwing `GREEN_ERR_OFFLOAD_CLOSED`. Otherwise when they
   *   have ended. Calls after it throw the same.
   */
  close(options: { force?: boolean } = {}): Promise<void> {
    assertKnownKeys(options, CLOSE_OPTIONS, 'close() options');
    const { force = false } = options;
    assertBoolean('force', force);
    return this.#threads.close(force);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #call(name: string, task: object, entry: AnyFunction): unknown {
    const begin = (settle: (error: null, answer: Answer) => void): (() => void) =>
      this.#threads.start(task, (given) => settle(null, given));
    const answer = waitFor(name, begin, entry) as Answer;
    if (answer.failure !== undefined) throw errorOf(answer.failure, framesBelow(entry));
    if ('rejected' in answer) throw this.#rejection(answer.rejected);
    return answer.value;
  }

  #rejection(rejected: unknown): Error {
    if (isCloneError(rejected)) return unsendableArgument(rejected);
    return this.#threads.destroyed ? new OffloadClosedError() : new OffloadWorkerError(rejected);
  }
}

function unsendableArgument(cause: unknown): OffloadUnsendableError {
  return new OffloadUnsendableError(
    'An argument of an offloaded call cannot be handed from one thread to another',
    'Pass plain data: no functions, no symbols, nothing that holds them.',
    cause,
  );
}

function framesBelow(entry: AnyFunction): string {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, entry);
  return holder.stack?.split('\n').slice(1).join('\n') ?? '';
}
