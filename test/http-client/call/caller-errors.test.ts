// What code of the caller's throws during a call is what the call throws, as it is. Hooks: hooks.test.ts.

import { Readable } from 'node:stream';
import { describe, expect } from 'vitest';

import type { HttpBodyInput } from '../../../src/http-client/bodies/raw-body.ts';
import { failureOf } from '../both-modes.ts';
import { closed, deferred, startFaultServer, startServer } from '../servers.ts';
import { inEachMode } from './modes.ts';

const own = new Error('mine');
const frames = own.stack;

function* words(): Generator<string> {
  yield 'x';
  throw own;
}

const BODIES: Record<string, () => HttpBodyInput> = {
  'a generator': words,
  'an asynchronous generator': () =>
    async function* () {
      yield 'x';
      throw own;
    },
  'a stream': () => Readable.from(words()),
  'a function that makes one': () => () => {
    throw own;
  },
};

describe('an error of a body', () => {
  for (const [kind, body] of Object.entries(BODIES)) {
    inEachMode(`that is ${kind} is thrown by the call, which is not repeated`, async ({ newClient, call }) => {
      let complete = 0;
      const server = await startServer((request, response) => {
        request.on('error', () => {}).resume();
        request.on('end', () => {
          complete++;
          response.end();
        });
      });
      const client = newClient({ retry: { limit: 2, backoff: 0 } });
      expect(await failureOf(call(() => client.put(server.url, { body: body() })))).toBe(own);
      expect([own.stack, complete]).toEqual([frames, 0]);
      expect((await call(() => client.put(server.url, { body: 'next' }))).status).toBe(200);
    });
  }

  inEachMode('is that of the file system where there is no file', async ({ newClient, call }) => {
    const { createReadStream } = await import('node:fs');
    const server = await startServer((_, response) => response.end());
    const body = createReadStream('/does/not/exist');
    const error = await failureOf(call(() => newClient().put(server.url, { body })));
    expect(error).toMatchObject({ code: 'ENOENT', syscall: 'open' });
  });
});

describe('an error of a callback', () => {
  inEachMode('that is told of progress is thrown by the call', async ({ newClient, call }) => {
    const gone = deferred();
    const { url } = await startFaultServer((socket) => {
      void closed(socket).then(gone.resolve);
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegun');
    });
    const fail = (): never => {
      throw own;
    };
    expect(await failureOf(call(() => newClient().get(url, { onDownloadProgress: fail })))).toBe(own);
    await gone.promise;
    expect(await failureOf(call(() => newClient().put(url, { body: 'x', onUploadProgress: fail })))).toBe(own);
    expect(own.stack).toBe(frames);
  });
});
