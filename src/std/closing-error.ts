// What it means that a stream has closed before its end.

import type { Readable } from 'node:stream';

import { StreamClosedError } from '../errors.ts';

/** The stream's own error, or that it was closed: Node tells of a client that goes by an `ECONNRESET` of its request. */
export function closingError(stream: Readable, error: Error | null | undefined = stream.errored): Error {
  // A stream of the package readable-stream has no `errored`.
  if (error === null || error === undefined) return new StreamClosedError('read');
  return (stream as { aborted?: unknown }).aborted === true ? new StreamClosedError('read') : error;
}
