// Asynchronous functions where only synchronous ones will do: as a callback, a getter, below a decorator. After greenback's
// autoawait and decorate_as_sync.

import { InvalidOptionError } from '../errors.ts';
import { assertFunction, contextToSuspend, green, isThenable, wait } from '../pool/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: functions of whatever type, with `this`
type AnyFunction = (...args: any[]) => any;

interface DecoratorContext {
  readonly kind: string;
}

/** `fn` with its outcome in place of the promise of it. */
export type AutoAwaited<F extends AnyFunction> = F extends (this: infer This, ...args: infer A) => infer R
  ? (this: This, ...args: A) => Awaited<R>
  : never;

const DECORATABLE: readonly string[] = ['method', 'getter'];

/**
 * Makes an asynchronous function into one that returns its outcome instead of a promise, for the places that know only
 * synchronous functions: comparators, getters, visitors, hooks. `this`, arguments, name and length stay. Also a standard
 * (TC39) decorator of methods and getters; their types stay, as with `@green`.
 *
 * Its calls suspend the current green context until the promise settles; a rejection is thrown in place, with the waiting
 * frames appended. A cancelled caller gets a `CancelledError`: before the function has started, or else its outcome is
 * dropped.
 *
 * Unlike `wait(fn(…))` a call in the wrong place starts nothing: its calls throw `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`,
 * `GREEN_ERR_WAIT_FORBIDDEN` and `GREEN_ERR_CANCELLED` before `fn` is called.
 *
 * @throws `GREEN_ERR_OPT_INVALID` when given anything but a function, or decorating anything but a method or a getter.
 * @example
 * ```ts
 * import { autoAwait, run } from 'greenroom';
 *
 * const sizeOf = autoAwait(async (url: string) => (await (await fetch(url)).arrayBuffer()).byteLength);
 * const urls = ['http://127.0.0.1:3000/a', 'http://127.0.0.1:3000/b'];
 * const total = await run(() => urls.reduce((sum, url) => sum + sizeOf(url), 0));
 * ```
 */
export function autoAwait<This, A extends unknown[], R>(
  method: (this: This, ...args: A) => R,
  context: ClassMethodDecoratorContext<This, (this: This, ...args: A) => R>,
): (this: This, ...args: A) => R;
export function autoAwait<This, V>(
  getter: (this: This) => V,
  context: ClassGetterDecoratorContext<This, V>,
): (this: This) => V;
export function autoAwait<F extends AnyFunction>(fn: F): AutoAwaited<F>;
export function autoAwait(fn: AnyFunction, context?: DecoratorContext): AnyFunction {
  assertFunction('autoAwait() argument', fn);
  assertDecorates('@autoAwait', context, DECORATABLE);
  const twin = function (this: unknown, ...args: unknown[]): unknown {
    contextToSuspend(`${fn.name || 'autoAwait'}()`).throwIfCancelled();
    const result: unknown = Reflect.apply(fn, this, args);
    return isThenable(result) ? wait(result) : result;
  };
  return named(twin, fn);
}

/**
 * Lets a decorator made for synchronous functions (a memoizer, a retrier, a timer) decorate an asynchronous one: it sees a
 * function that returns values, as {@link autoAwait} makes it, and what it makes of that runs in a context of its own and
 * returns a promise. So `decorateAsSync(d)(fn)` is `green(d(autoAwait(fn)))`; own properties that `d` puts on its function
 * (a `cache`) stay. The result is also a standard (TC39) method decorator.
 *
 * Never suspends; nor does the decorated function, which can be called anywhere. As with any asynchronous function, to
 * cancel its caller does not cancel it.
 *
 * @throws `GREEN_ERR_OPT_INVALID` when `decorator`, what it is applied to, or what it makes, is no function.
 * @example
 * ```ts
 * import memoize from 'lodash/memoize.js';
 * import { decorateAsSync } from 'greenroom';
 *
 * const userOf = decorateAsSync(memoize)(async (id: number) => (await fetch(`http://127.0.0.1:3000/${id}`)).json());
 * await userOf(1); // a cached value, not a cached promise: a failure is not remembered
 * ```
 */
export function decorateAsSync(
  decorator: <F extends AnyFunction>(fn: F) => F,
): <F extends AnyFunction>(asyncFn: F, context?: ClassMethodDecoratorContext) => F;
export function decorateAsSync<A extends unknown[], R, B extends unknown[], S>(
  decorator: (fn: (...args: A) => R, context?: never) => (...args: B) => S,
): (
  asyncFn: (...args: A) => PromiseLike<R> | R,
  context?: ClassMethodDecoratorContext,
) => (...args: B) => Promise<Awaited<S>>;
export function decorateAsSync(decorator: AnyFunction): unknown {
  assertFunction('decorateAsSync() argument', decorator);
  return (asyncFn: AnyFunction, context?: DecoratorContext): AnyFunction => {
    assertDecorates('@decorateAsSync()', context, ['method']);
    const inner = autoAwait(asyncFn);
    const decorated = context === undefined ? decorator(inner) : (decorator(inner, context) ?? inner);
    assertFunction('what the decorator returns', decorated);
    const outer = green(decorated as AnyFunction) as AnyFunction;
    const { length, name, prototype, ...own } = Object.getOwnPropertyDescriptors(decorated as AnyFunction);
    return Object.defineProperties(outer, own);
  };
}

function assertDecorates(decorator: string, context: DecoratorContext | undefined, kinds: readonly string[]): void {
  if (context === undefined || kinds.includes(context.kind)) return;
  throw new InvalidOptionError(decorator, `put on a ${kinds.join(' or ')}`, context.kind);
}

function named(twin: AnyFunction, { name, length }: AnyFunction): AnyFunction {
  Object.defineProperty(twin, 'name', { value: name, configurable: true });
  Object.defineProperty(twin, 'length', { value: length, configurable: true });
  return twin;
}
