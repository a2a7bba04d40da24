// Bodies that can be read once: giving one to a second request is an error at once, not an empty upload.

import { type Readable, Readable as ReadableClass } from 'node:stream';

import { InvalidRequestError } from '../http-errors.ts';
import { isStream } from './outgoing-body.ts';

// A generator does not tell whether it was used.
const used = new WeakSet<object>();

/** Whether `source` is an iterator itself, not something that makes iterators. */
export function isIterator(source: object): boolean {
  return 'next' in source && typeof source.next === 'function';
}

/** @throws `GREEN_ERR_OPT_INVALID` if it cannot be read from its beginning any more. */
export function assertUnused(source: object): void {
  if (used.has(source) || isSpent(source)) {
    throw new InvalidRequestError('body', 'one that can still be read; it was a body already used, closed or locked');
  }
}

/** Notes that `source` is being read now; does nothing for what can be read anew. @throws as assertUnused() */
export function markUsed(source: object): void {
  const once = isStream(source) || source instanceof ReadableStream || isIterator(source);
  if (!once) return;
  assertUnused(source);
  used.add(source);
}

function isSpent(source: object): boolean {
  if (source instanceof ReadableStream) return source.locked || ReadableClass.isDisturbed(source as never);
  return isStream(source) && (source.destroyed || (source as Readable).readableEnded === true);
}
