// greenroom/http-client. Re-exports only.

export type { HttpAuth, HttpCredentials } from './auth/http-auth.ts';
export type { BodyOptions } from './bodies/body-of.ts';
export { file, type HttpFile, type HttpFileOptions } from './bodies/file.ts';
export type { HttpForm, HttpFormValue } from './bodies/form.ts';
export {
  type HttpMultipart,
  type HttpPart,
  type HttpPartOptions,
  type HttpPartValue,
  part,
} from './bodies/multipart.ts';
export type { HttpBodyInput, HttpBodySource } from './bodies/raw-body.ts';
export type { AnyHttpResponse, HttpHooks, HttpHooksInput, HttpRetryInfo } from './call/hooks.ts';
export { HTTP_CLIENT_DEFAULTS, type HttpClientOptions, type HttpDefaults } from './client-options.ts';
export { HttpClient, type HttpClientStats, type HttpResponseOf, http, type WebSocketOf } from './http-client.ts';
export {
  HttpBodyNotReplayableError,
  HttpClosedError,
  HttpConnectError,
  HttpError,
  type HttpErrorDetails,
  type HttpPhase,
  HttpProxyError,
  HttpTimeoutError,
  type HttpTimeoutLimit,
  HttpTlsError,
  HttpTransportError,
} from './http-errors.ts';
export type { HttpRequest } from './outgoing-request.ts';
export type { PaginateOptions } from './pagination/paginate.ts';
export { HttpPaginationError } from './pagination/pagination-error.ts';
export { HttpRedirectError, HttpTooManyRedirectsError } from './redirects/redirect-errors.ts';
export type { HttpHeadersInput } from './request-headers.ts';
export type { HttpProgress, HttpRequestOptions } from './request-options.ts';
export type { HttpParams, HttpPathParams } from './request-params.ts';
export type { HttpAnswer, HttpIteration } from './responses/http-answer.ts';
export type { HttpHeaders } from './responses/http-headers.ts';
export type { HttpResponse } from './responses/http-response.ts';
export type { HttpResponseSummary } from './responses/http-response-base.ts';
export type { HttpStream } from './responses/http-stream.ts';
export type { HttpLink, HttpLinks } from './responses/links.ts';
export {
  HttpBodyConsumedError,
  HttpBodyTooLargeError,
  HttpContentEncodingError,
  HttpDecodeError,
  HttpSchemaError,
  HttpStatusError,
} from './responses/response-errors.ts';
export type { HttpTimings } from './responses/response-head.ts';
export type { SchemaIssue, SchemaOutput, SchemaResult, StandardSchema } from './responses/standard-schema.ts';
export type { RetryOptions } from './retries/retry-options.ts';
export type {
  EventSourceOptions,
  HttpEventSource,
  HttpEvents,
} from './sse/event-source.ts';
export type { HttpEvent } from './sse/event-splitter.ts';
export { HttpContentTypeError } from './sse/http-content-type-error.ts';
export type { HttpTimeouts } from './timeouts.ts';
export type { HttpClientStats as HttpConnectionsStats, HttpConnectionStats } from './transport/connection-stats.ts';
export type { InjectableApp } from './transport/injectable-app.ts';
export type { ProxyByScheme, ProxyOption } from './transport/proxy-rules.ts';
export type { TlsOptions } from './transport/tls-settings.ts';
export type { MountTarget, RouteOverride, TransportOptions } from './transport/transport-options.ts';
export type { AsyncWebSocket } from './websocket/async-websocket.ts';
export type { GreenWebSocket } from './websocket/green-websocket.ts';
export type { WebSocketMessage } from './websocket/socket-channel.ts';
export { WebSocketClosedError, WebSocketHandshakeError } from './websocket/websocket-errors.ts';
export type { WebSocketOptions } from './websocket/websocket-options.ts';
