// The errors of a streamed body, which come long after its head. They know the head and not the stream: the body's
// listeners hold on to them, and must not hold a stream that nobody uses any more.

import { GreenroomError } from '../../errors.ts';
import { type HttpErrorDetails, HttpTransportError } from '../http-errors.ts';
import { HttpBodyConsumedError, HttpBodyTooLargeError, HttpContentEncodingError } from './response-errors.ts';
import type { ResponseHead } from './response-head.ts';

export class StreamErrors {
  readonly #head: ResponseHead;
  readonly #headAtMs: number = performance.now();

  constructor(head: ResponseHead) {
    this.#head = head;
  }

  get details(): HttpErrorDetails {
    const { method, origin, path, attempt } = this.#head;
    return { method, origin, path, attempt, elapsed: this.#head.elapsed + performance.now() - this.#headAtMs };
  }

  consumed(): Error {
    return new HttpBodyConsumedError(this.details);
  }

  tooLarge(limit: number, what?: string): Error {
    return new HttpBodyTooLargeError(this.details, limit, what);
  }

  undecodable(coding: string, cause: unknown): Error {
    return new HttpContentEncodingError(this.details, coding, cause);
  }

  /** What a reader throws for what the body failed with: made somewhere in a callback, it gets the reader's frames. */
  broken(failure: Error, entry: (...args: never[]) => unknown): Error {
    const error = failure instanceof GreenroomError ? failure : new HttpTransportError(this.details, 'body', failure);
    Error.captureStackTrace(error, entry);
    return error;
  }
}
