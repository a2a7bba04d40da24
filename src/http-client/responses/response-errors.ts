// What can be wrong with an answer: its status, its body, or what the body says.

import { HttpError, type HttpErrorDetails, hide, why } from '../http-errors.ts';
import type { HttpResponse } from './http-response.ts';

/** raiseForStatus() met a status of 400 or more. */
export class HttpStatusError extends HttpError {
  readonly status: number;
  /** The whole response. Not enumerable. */
  declare readonly response: HttpResponse;

  constructor(details: HttpErrorDetails, response: HttpResponse) {
    super('GREEN_ERR_HTTP_STATUS', `The ${details.method} request was answered with ${response.status}.`, 502, details);
    this.status = response.status;
    hide(this, 'response', response);
  }
}

/** The body of a streamed response has been read, is being read, or was closed. */
export class HttpBodyConsumedError extends HttpError {
  constructor(details: HttpErrorDetails) {
    super(
      'GREEN_ERR_HTTP_BODY_CONSUMED',
      `The body of the response to the ${details.method} request can be read only once, and was read or closed. ` +
        'Leave out `stream: true` to have it as often as needed.',
      500,
      details,
    );
  }
}

/** The response's body is larger than maxResponseBytes. */
export class HttpBodyTooLargeError extends HttpError {
  /** Bytes; characters of a line or an event. */
  readonly limit: number;

  constructor(details: HttpErrorDetails, limit: number, what: string = 'maxResponseBytes') {
    super(
      'GREEN_ERR_HTTP_BODY_TOO_LARGE',
      `The body of the response to the ${details.method} request exceeds ${what} (${limit}).`,
      502,
      details,
    );
    this.limit = limit;
  }
}

/** The body is not what its content-encoding says, or is compressed in a way this Node cannot undo. */
export class HttpContentEncodingError extends HttpError {
  constructor(details: HttpErrorDetails, encoding: string, cause?: unknown) {
    super(
      'GREEN_ERR_HTTP_CONTENT_ENCODING',
      `The body of the response to the ${details.method} request cannot be decoded as ${encoding}${why(cause)}.`,
      502,
      details,
      cause,
    );
  }
}

/** json() met a body that is not JSON. */
export class HttpDecodeError extends HttpError {
  /** The whole response. Not enumerable. */
  declare readonly response: HttpResponse;

  // No `cause`: the message of V8's SyntaxError quotes the body.
  constructor(details: HttpErrorDetails, response: HttpResponse) {
    super(
      'GREEN_ERR_HTTP_DECODE',
      `The body of the response to the ${details.method} request (status ${response.status}, ` +
        `${response.bytes().byteLength} bytes) is not JSON.`,
      502,
      details,
    );
    hide(this, 'response', response);
  }
}

/** json(schema) met a value that the schema refuses. */
export class HttpSchemaError extends HttpError {
  /** What the schema has to say: Standard Schema's issues. They may quote the body. Not enumerable. */
  declare readonly issues: readonly unknown[];
  /** Not enumerable. */
  declare readonly response: HttpResponse;

  constructor(details: HttpErrorDetails, response: HttpResponse, issues: readonly unknown[]) {
    super(
      'GREEN_ERR_HTTP_SCHEMA',
      `The body of the response to the ${details.method} request does not match the schema (issues: ${issues.length}).`,
      502,
      details,
    );
    hide(this, 'issues', issues);
    hide(this, 'response', response);
  }
}
