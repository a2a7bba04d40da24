// What a request carries, whatever its options called it. Made once per call; opened once for each time it is sent.

import type { Readable } from 'node:stream';

/** What undici is given to send. */
export type OutgoingBody = string | Uint8Array | Readable;

/** A piece of a body; a string counts as UTF-8. */
export type BodyChunk = string | Uint8Array;

export interface RequestBody {
  /** Set as content-type unless the caller has given one; null for none. */
  readonly contentType: string | null;
  /** To be sent as content-length with a stream; null if unknown, for chunked encoding. Read it after prepare(). */
  readonly byteLength: number | null;
  /** Whether open() works more than once. */
  readonly replayable: boolean;
  /** Whether open(true) may give a PumpedBody: the body runs code of the caller's that may wait. */
  readonly pumped: boolean;
  /** To be settled before each open(). Rejects, with `GREEN_ERR_OPT_INVALID`, if the body cannot be sent. */
  prepare?(): Promise<void> | null;
  /** Called once for each time that the body is sent. If `green`, and it gives a PumpedBody, that must be pumped. */
  open(green: boolean): OutgoingBody;
}
