import { describe, expect, it } from 'vitest';

import * as httpClient from '../src/http-client/index.ts';
import * as main from '../src/index.ts';
import * as middleware from '../src/middleware/index.ts';
import * as patch from '../src/patch/index.ts';
import * as childProcess from '../src/std/child_process/index.ts';
import * as crypto from '../src/std/crypto/index.ts';
import * as fs from '../src/std/fs/index.ts';
import * as offload from '../src/std/offload/index.ts';
import * as zlib from '../src/std/zlib/index.ts';
import * as sync from '../src/sync/index.ts';

describe('the public surface', () => {
  it('of greenroom', () => {
    expect(Object.keys(main).toSorted()).toEqual([
      'AddonUnsupportedError',
      'BarrierBrokenError',
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
      'QueueClosedError',
      'QueueTimeoutError',
      'RequestNotGreenError',
      'RequestTimeoutError',
      'ResponseInvalidError',
      'RoutesUnseenError',
      'StreamBusyError',
      'StreamClosedError',
      'SyncMisuseError',
      'WaitForbiddenError',
      'WaitOutsideContextError',
      'WaitTimeoutError',
      'asyncContext',
      'asyncIter',
      'autoAwait',
      'decorateAsSync',
      'dumpContexts',
      'green',
      'imap',
      'imapUnordered',
      'inContext',
      'isCancelled',
      'joinAll',
      'map',
      'race',
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

  it('of greenroom/patch', () => {
    expect(Object.keys(patch).toSorted()).toEqual([
      'PATCH_DEFAULTS',
      'SCOPE_DEFAULTS',
      'exclusive',
      'getOriginal',
      'greenImport',
      'greenRequire',
      'isPatched',
      'patchBlocking',
    ]);
  });

  it('of greenroom/offload', () => {
    expect(Object.keys(offload).toSorted()).toEqual([
      'OFFLOAD_DEFAULTS',
      'OffloadClosedError',
      'OffloadFullError',
      'OffloadPool',
      'OffloadUnavailableError',
      'OffloadUnsendableError',
      'OffloadWorkerError',
      'offload',
      'offloadModule',
      'sharedOffloadPool',
    ]);
  });

  it.each<[string, object, string[]]>([
    ['child_process', childProcess, ['GREEN_CHILD_PROCESS_DEFAULTS', 'createGreenChildProcess', 'replacedNames']],
    ['crypto', crypto, ['GREEN_CRYPTO_DEFAULTS', 'createGreenCrypto', 'replacedNames']],
    ['fs', fs, ['GREEN_FS_DEFAULTS', 'createGreenFs', 'replacedNames']],
    ['zlib', zlib, ['GREEN_ZLIB_DEFAULTS', 'createGreenZlib', 'replacedNames']],
  ])('of greenroom/std/%s: all that is in Node, and what makes one with other settings', async (name, module, own) => {
    const names = (module: object): string[] => {
      const there = Object.entries(module).filter(([key, value]) => key !== 'module.exports' && value !== undefined);
      return there.map(([key]) => key);
    };
    const node = names(await import(/* @vite-ignore */ `node:${name}`));
    expect(
      names(module)
        .filter((key) => !node.includes(key))
        .toSorted(),
    ).toEqual(own);
    expect(node.filter((key) => !(key in module))).toEqual([]);
  });

  it('of greenroom/sync', () => {
    expect(Object.keys(sync).toSorted()).toEqual([
      'Barrier',
      'BoundedSemaphore',
      'Condition',
      'Event',
      'Latch',
      'LifoQueue',
      'Local',
      'Lock',
      'PriorityQueue',
      'Queue',
      'RLock',
      'RateLimiter',
      'RwLock',
      'Semaphore',
      'once',
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
