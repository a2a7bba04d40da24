// The HTTP client's error family. A server may send `message` to its own client, so it holds counts, limits and
// system codes only; where the request went is in `url`, which is not enumerable, so that no logger prints it
// unasked. No header value and no body stands in any of them. The errors of requests that get no answer are here, those
// of answers in the folders that read them.

import { GreenroomError, type GreenroomErrorCode, InvalidOptionError } from '../errors.ts';

/** `'connect'`: until the request is written; `'headers'`: until the response's headers; `'body'`: until its end. */
export type HttpPhase = 'connect' | 'headers' | 'body';

/** Which limit was reached: that of a phase, or the one on the whole call. */
export type HttpTimeoutLimit = HttpPhase | 'total';

/** What every error of the family knows about its request. */
export interface HttpErrorDetails {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  /** Milliseconds since the call. */
  readonly elapsed: number;
  /** 1 for the first attempt; retries count on, redirects do not. */
  readonly attempt: number;
}

export class HttpError extends GreenroomError {
  readonly method: string;
  /** Milliseconds from the call to the failure. */
  readonly elapsed: number;
  /** Which attempt failed: 1 for the first. */
  readonly attempt: number;
  /** Where the request went: no user name, no password, no query. Not enumerable. */
  declare readonly url: string;

  constructor(
    code: GreenroomErrorCode,
    message: string,
    statusCode: number,
    details: HttpErrorDetails,
    cause: unknown = undefined,
  ) {
    super(code, message, cause === undefined ? { statusCode } : { statusCode, cause });
    this.method = details.method;
    this.elapsed = details.elapsed;
    this.attempt = details.attempt;
    hide(this, 'url', details.origin + withoutQuery(details.path));
  }
}

/** The request took longer than its limit. */
export class HttpTimeoutError extends HttpError {
  /** How far the request had come. */
  readonly phase: HttpPhase;
  /** Which member of `timeout` it was. */
  readonly timeout: HttpTimeoutLimit;
  /** Milliseconds. */
  readonly limit: number;

  constructor(details: HttpErrorDetails, phase: HttpPhase, timeout: HttpTimeoutLimit, limit: number, cause?: unknown) {
    super(
      'GREEN_ERR_HTTP_TIMEOUT',
      `The ${details.method} request exceeded its ${timeout} limit of ${limit} ms in the ${phase} phase; ` +
        `${Math.round(details.elapsed)} ms were spent.`,
      504,
      details,
      cause,
    );
    this.phase = phase;
    this.timeout = timeout;
    this.limit = limit;
  }
}

/** No connection came about: refused, name not found, TLS handshake failed. Nothing was sent. */
export class HttpConnectError extends HttpError {
  readonly phase: HttpPhase = 'connect';

  constructor(details: HttpErrorDetails, cause: unknown) {
    super(
      'GREEN_ERR_HTTP_CONNECT',
      `The ${details.method} request could not connect${why(cause)}.`,
      502,
      details,
      cause,
    );
  }
}

/** The TLS handshake failed: a certificate that cannot be trusted, or names another host. Nothing was sent. */
export class HttpTlsError extends HttpError {
  readonly phase: HttpPhase = 'connect';

  constructor(details: HttpErrorDetails, cause: unknown) {
    super(
      'GREEN_ERR_HTTP_TLS',
      `The ${details.method} request's TLS handshake failed${why(cause)}.`,
      502,
      details,
      cause,
    );
  }
}

/** The proxy refused the request, or could not be reached. Nothing reached the server. */
export class HttpProxyError extends HttpError {
  readonly phase: HttpPhase = 'connect';
  /** What the proxy answered with, 407 for instance; null if it did not. */
  readonly status: number | null;

  constructor(details: HttpErrorDetails, status: number | null, cause: unknown) {
    const answer = status === null ? `could not be reached${why(cause)}` : `answered with ${status}`;
    super(
      'GREEN_ERR_HTTP_PROXY',
      `The ${details.method} request failed at its proxy, which ${answer}.`,
      502,
      details,
      cause,
    );
    this.status = status;
  }
}

/** The request must be sent again (a redirect, a retry, an authentication), and its body can be read only once. */
export class HttpBodyNotReplayableError extends HttpError {
  constructor(details: HttpErrorDetails, why: string) {
    super(
      'GREEN_ERR_HTTP_BODY_NOT_REPLAYABLE',
      `The ${details.method} request must be sent again (${why}), but its body is a stream, which can be sent only once. ` +
        'Give the body as bytes, or as a function that makes it anew.',
      502,
      details,
    );
  }
}

/** The connection broke, or what came is not HTTP, before the response was complete. */
export class HttpTransportError extends HttpError {
  readonly phase: HttpPhase;

  constructor(details: HttpErrorDetails, phase: HttpPhase, cause: unknown) {
    const what = `The ${details.method} request broke off in the ${phase} phase${why(cause)}.`;
    super('GREEN_ERR_HTTP_TRANSPORT', what, 502, details, hideData(cause));
    this.phase = phase;
  }
}

/** The client's own close() has been called. */
export class HttpClosedError extends HttpError {
  constructor(details: HttpErrorDetails, cause?: unknown) {
    super(
      'GREEN_ERR_HTTP_CLOSED',
      'The HTTP client sends no more requests: its close() was called.',
      503,
      details,
      cause,
    );
  }
}

/** As InvalidOptionError, for values that may be secret: says what is wrong, never what was received. */
export class InvalidRequestError extends InvalidOptionError {
  constructor(option: string, expected: string, cause?: unknown) {
    super(option, expected);
    if (cause !== undefined) hide(this, 'cause', cause);
  }
}

/** Sets a property that is not enumerable. */
export function hide(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, enumerable: false, writable: true });
}

function withoutQuery(path: string): string {
  const at = path.indexOf('?');
  return at === -1 ? path : path.slice(0, at);
}

/** For a message: in brackets the code of the system or of undici, such as ECONNREFUSED; empty if there is none. */
export function why(cause: unknown): string {
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? ` (${code})` : '';
}

// undici's HTTPParserError carries the bytes it could not parse.
function hideData(cause: unknown): unknown {
  if (cause instanceof Error && 'data' in cause) hide(cause, 'data', cause.data);
  return cause;
}
