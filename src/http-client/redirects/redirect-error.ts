import { HttpError, type HttpErrorDetails } from '../http-errors.ts';

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
