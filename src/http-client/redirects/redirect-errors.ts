import { HttpError, type HttpErrorDetails, hide } from '../http-errors.ts';
import type { HttpResponse } from '../responses/http-response.ts';

/** A redirect leads to what is not HTTP, or to no URL at all. It was not followed. */
export class HttpRedirectError extends HttpError {
  readonly status: number;

  constructor(details: HttpErrorDetails, status: number) {
    super(
      'GREEN_ERR_HTTP_REDIRECT',
      `The ${details.method} request was redirected (${status}) to what is no http: or https: URL.`,
      502,
      details,
    );
    this.status = status;
  }
}

/** More redirects than the limit, or in a circle. */
export class HttpTooManyRedirectsError extends HttpError {
  readonly limit: number;
  /** The responses that were followed, and the one that was not. Not enumerable. */
  declare readonly history: readonly HttpResponse[];

  constructor(details: HttpErrorDetails, limit: number, history: readonly HttpResponse[]) {
    super(
      'GREEN_ERR_HTTP_TOO_MANY_REDIRECTS',
      `The ${details.method} request was redirected more than ${limit} times.`,
      502,
      details,
    );
    this.limit = limit;
    hide(this, 'history', history);
  }
}
