// A request's body while it is sent: opened once, pumped if the context itself makes it, and closed when nobody reads it.

import { closeBody, isStream, watchBody } from '../bodies/outgoing-body.ts';
import { PumpedBody } from '../bodies/pumped-body.ts';
import type { OutgoingBody, RequestBody } from '../bodies/request-body.ts';
import { withProgress } from '../bodies/upload-progress.ts';
import type { HttpProgress } from '../request-options.ts';

export interface BodySettings {
  readonly green: boolean;
  readonly onUploadProgress: ((progress: HttpProgress) => void) | undefined;
}

export class SentBody {
  readonly outgoing: OutgoingBody;
  readonly #opened: OutgoingBody;
  readonly #byteLength: number | null;

  constructor(body: RequestBody, settings: BodySettings, onError: (error: unknown) => void) {
    this.#byteLength = body.byteLength;
    this.#opened = body.open(settings.green);
    const { onUploadProgress } = settings;
    this.outgoing =
      onUploadProgress === undefined ? this.#opened : withProgress(this.#opened, this.#byteLength, onUploadProgress);
    watchBody(this.outgoing, onError);
  }

  /** With the length of a stream, if it is known; of bytes undici knows it. */
  headers(flat: string[]): string[] {
    if (this.#byteLength === null || !isStream(this.outgoing)) return flat;
    return [...flat, 'content-length', String(this.#byteLength)];
  }

  /** Runs the caller's iterator, in the context. Suspends it. */
  pump(): void {
    if (this.#opened instanceof PumpedBody) this.#opened.pump('http request body');
  }

  close(): void {
    closeBody(this.outgoing);
    closeBody(this.#opened);
  }
}
