// greenroom/http-client. Re-exports only.

export { type HttpAnswer, HttpClient, http } from './http-client.ts';
export { HTTP_CLIENT_DEFAULTS, type HttpClientOptions } from './http-client-options.ts';
export {
  HttpBodyTooLargeError,
  HttpClosedError,
  HttpConnectError,
  HttpDecodeError,
  HttpError,
  type HttpErrorDetails,
  type HttpPhase,
  HttpStatusError,
  HttpTimeoutError,
  HttpTransportError,
} from './http-errors.ts';
export type { HttpHeaders } from './http-headers.ts';
export type { HttpResponse } from './http-response.ts';
export type { HttpHeadersInput } from './request-headers.ts';
export type { HttpParams, HttpRequestOptions } from './request-options.ts';
