// The text of a function, which is all of it that another thread can have.

import { OffloadUnsendableError } from './offload-errors.ts';

type AnyFunction = (...args: never[]) => unknown;

const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;

/**
 * @throws `GREEN_ERR_OFFLOAD_UNSENDABLE` for what has no text that could be called elsewhere: Node's own and bound
 *   functions, classes.
 */
export function sourceOf(fn: AnyFunction): string {
  const source = Function.prototype.toString.call(fn);
  if (NATIVE.test(source)) {
    throw new OffloadUnsendableError(
      'Node’s own and bound functions have no source text that could be sent to a worker',
      'Wrap the call in a function of your own, or use offloadModule().',
    );
  }
  if (/^class\b/.test(source)) {
    throw new OffloadUnsendableError('A class cannot be offloaded', 'Offload a function that uses it.');
  }
  return source;
}
