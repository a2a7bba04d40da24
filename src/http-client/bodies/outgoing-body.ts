// The life of an opened body. undici destroys the streams it has begun to send; one that it never came to (no
// connection, say) is left to us.

import type { Readable } from 'node:stream';

import type { OutgoingBody } from './request-body.ts';

/** Streams of Node's, of the npm package readable-stream, and of any copy of either. */
export function isStream(value: unknown): value is Readable {
  if (typeof value !== 'object' || value === null) return false;
  const { pipe, on, read, destroy } = value as Record<string, unknown>;
  return [pipe, on, read, destroy].every((method) => typeof method === 'function');
}

/**
 * Tells `report` about errors of the body. To be called before the body is dispatched: what is then reported while the
 * exchange is not settled is a failure of the body itself; what comes afterwards, undici destroyed it with.
 */
export function watchBody(body: OutgoingBody, report: (error: Error) => void): void {
  if (isStream(body)) body.on('error', report);
}

/** Gives back what an opened body holds, and wakes who pumps it. To be called when the exchange is settled. */
export function closeBody(body: OutgoingBody | null): void {
  if (isStream(body) && !body.destroyed) body.destroy();
}

/** An error that comes when undici no longer listens must not end the process. */
export function guarded<S extends Readable>(stream: S): S {
  stream.on('error', ignore);
  return stream;
}

function ignore(): void {}
