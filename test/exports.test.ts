import { describe, expect, it } from 'vitest';

import * as httpClient from '../src/http-client/index.ts';
import * as main from '../src/index.ts';
import * as middleware from '../src/middleware/index.ts';

describe('the public surface', () => {
  it('of greenroom', () => {
    expect(Object.keys(main).toSorted()).toEqual([
      'AddonUnsupportedError',
      'BodyTooLargeError',
      'CancelledError',
      'ChunkInvalidError',
      'GREEN_POOL_DEFAULTS',
      'GreenPool',
      'GreenroomError',
      'InternalError',
      'InvalidOptionError',
      'LockMisuseError',
      'NoStackError',
      'PoolClosedError',
      'PoolFullError',
      'QueueTimeoutError',
      'RequestNotGreenError',
      'RequestTimeoutError',
      'ResponseInvalidError',
      'RoutesUnseenError',
      'StreamBusyError',
      'StreamClosedError',
      'WaitForbiddenError',
      'WaitOutsideContextError',
      'WaitTimeoutError',
      'dumpContexts',
      'green',
      'inContext',
      'isCancelled',
      'run',
      'runOnMain',
      'shield',
      'spawn',
      'switchKind',
      'wait',
      'waitFd',
      'withTimeout',
      'yieldNow',
    ]);
  });

  it('of greenroom/middleware', () => {
    expect(Object.keys(middleware).toSorted()).toEqual([
      'GREENROOM_DEFAULTS',
      'METRICS_DEFAULTS',
      'default',
      'greenStream',
      'greenroom',
      'legacyRoutes',
      'readBody',
      'registerMetrics',
      'runInPool',
      'writeChunk',
    ]);
  });

  it('of greenroom/http-client', () => {
    expect(Object.keys(httpClient).toSorted()).toEqual([
      'HTTP_CLIENT_DEFAULTS',
      'HttpBodyConsumedError',
      'HttpBodyNotReplayableError',
      'HttpBodyTooLargeError',
      'HttpClient',
      'HttpClosedError',
      'HttpConnectError',
      'HttpContentEncodingError',
      'HttpContentTypeError',
      'HttpDecodeError',
      'HttpError',
      'HttpPaginationError',
      'HttpProxyError',
      'HttpRedirectError',
      'HttpSchemaError',
      'HttpStatusError',
      'HttpTimeoutError',
      'HttpTlsError',
      'HttpTooManyRedirectsError',
      'HttpTransportError',
      'WebSocketClosedError',
      'WebSocketHandshakeError',
      'file',
      'http',
      'part',
    ]);
  });
});
