// `await using` for code that may not await. After greenback's async_context; JavaScript's resources have no __aenter__, so
// what is waited for at the start is the promise of the resource, if it is given as one.

import { InvalidOptionError } from '../errors.ts';
import { contextToSuspend, isThenable, shield, wait } from '../pool/index.ts';

/** Holds a resource for `using`. */
export interface AsyncContext<T> extends Disposable {
  readonly resource: T;
  /** Disposes of the resource and suspends until that is done. Again, it does nothing. */
  [Symbol.dispose](): void;
}

/**
 * Holds `resource`, so that the end of a `using` block disposes of it and waits for that, as `await using` would: by its
 * `[Symbol.asyncDispose]()`, or else its `[Symbol.dispose]()`. `null` and `undefined` are held, too, and nothing is done.
 *
 * Suspends the current green context if `resource` is a promise, until that has settled, and at the end of the block until
 * the disposal has. The disposal is shielded: a cancellation that comes meanwhile waits for it, for up to 5 seconds. One
 * that comes before the promise has settled is thrown at once; a resource that comes after all is disposed of.
 *
 * @param resource - the resource, or a promise of it.
 * @throws `GREEN_ERR_OPT_INVALID` for what cannot be disposed of; and as `wait()`. The disposal throws what disposing does,
 *   and `GREEN_ERR_WAIT_OUTSIDE_CONTEXT` outside a context, where it begins, but nobody waits for it.
 * @example
 * ```ts
 * import { open } from 'node:fs/promises';
 * import { asyncContext, run, wait } from 'greenroom';
 *
 * await run(() => {
 *   using file = asyncContext(open('/etc/hosts'));
 *   return wait(file.resource.readFile('utf8'));
 * });
 * ```
 */
export function asyncContext<T extends AsyncDisposable | Disposable | null | undefined>(
  resource: T | PromiseLike<T>,
): AsyncContext<T> {
  contextToSuspend('asyncContext()');
  return new HeldResource<T>(isThenable(resource) ? acquire(resource) : resource);
}

function acquire<T>(coming: PromiseLike<T>): T {
  try {
    return wait(coming) as T;
  } catch (error) {
    // Cancelled: what comes after all is of use to nobody, but must not be left open.
    Promise.resolve(coming)
      .then((late) => disposerOf(late)?.())
      .catch(() => {});
    throw error;
  }
}

class HeldResource<T> implements AsyncContext<T> {
  readonly resource: T;
  #dispose: (() => unknown) | null;

  constructor(resource: T) {
    this.resource = resource;
    this.#dispose = disposerOf(resource);
  }

  [Symbol.dispose](): void {
    const dispose = this.#dispose;
    this.#dispose = null;
    if (dispose === null) return;
    const disposed = Promise.resolve(dispose());
    disposed.catch(() => {}); // where nobody can wait for it, that is what is reported
    contextToSuspend('The disposal of an asyncContext()');
    shield({}, () => wait(disposed));
  }
}

/** Looks the method up now, as `await using` does. */
function disposerOf(resource: unknown): (() => unknown) | null {
  if (resource === null || resource === undefined) return null;
  const { [Symbol.asyncDispose]: asyncDispose, [Symbol.dispose]: dispose } = resource as AsyncDisposable & Disposable;
  if (typeof asyncDispose === 'function') return () => Reflect.apply(asyncDispose, resource, []);
  if ((asyncDispose === undefined || asyncDispose === null) && typeof dispose === 'function') {
    return () => void Reflect.apply(dispose, resource, []); // not waited for, as with `await using`
  }
  throw new InvalidOptionError('asyncContext() resource', 'disposable: with a [Symbol.asyncDispose] method', resource);
}
