// What is answered is not what was asked for.

import { HttpError, type HttpErrorDetails } from '../http-errors.ts';

/** sse() met a response that is no event stream. */
export class HttpContentTypeError extends HttpError {
  readonly status: number;

  constructor(details: HttpErrorDetails, status: number, expected: string) {
    super(
      'GREEN_ERR_HTTP_CONTENT_TYPE',
      `The ${details.method} request was answered with ${status} and another content-type than ${expected}.`,
      502,
      details,
    );
    this.status = status;
  }
}
