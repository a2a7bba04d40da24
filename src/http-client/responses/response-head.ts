// What is known of a response when its headers have come. An interface, so that who received them can hand over itself.

import type { HttpErrorDetails } from '../http-errors.ts';
import type { HeaderRecord } from './http-headers.ts';
import type { HttpResponse } from './http-response.ts';

/** Milliseconds that each phase took. */
export interface HttpTimings {
  /** Until the request was written, for a connection to be made or to become free. */
  readonly connect: number | null;
  /** From then until the response's headers. */
  readonly headers: number | null;
  /** From then until the body's end; null while that has not come, as in a streamed response. */
  readonly body: number | null;
}

/** `method`, `origin` and `path` are those of the last request: after redirects, say. */
export interface ResponseHead extends HttpErrorDetails {
  /** Whether the response's methods may suspend a context, and return values. */
  readonly green: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderRecord;
  /** The responses before this one: redirects and challenges, oldest first. */
  readonly history: readonly HttpResponse[];
  readonly timings: HttpTimings | null;
}
