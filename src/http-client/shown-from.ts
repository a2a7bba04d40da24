// Which line of code an error shows first: the caller's. What the client does inside is of no interest, and would fill
// the ten frames that V8 keeps.

import { HttpError, InvalidRequestError } from './http-errors.ts';

const shown = new WeakSet<Error>();

/** The error, its stack without the frames above `entry`; once, so that an error of a call that a hook has made shows that one's. */
export function shownFrom(entry: (...args: never[]) => unknown, error: unknown): unknown {
  if (error instanceof HttpError || error instanceof InvalidRequestError) showFrom(entry, error);
  return error;
}

/** As {@link shownFrom}, for an error that is the client's own whatever its class. */
export function showFrom(entry: (...args: never[]) => unknown, error: unknown): void {
  if (!(error instanceof Error) || shown.has(error)) return;
  shown.add(error);
  Error.captureStackTrace(error, entry);
}
