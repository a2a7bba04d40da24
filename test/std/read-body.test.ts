import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';

import { afterEach, describe, expect, it } from 'vitest';

import { run } from '../../src/index.ts';
import { type ReadBodyOptions, readBody } from '../../src/std/read-body.ts';

const code = (value: string): object => expect.objectContaining({ code: value });

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** What readBody() comes to on a server, for a request that `send` sends. */
async function bodyOf(
  send: (request: ReturnType<typeof httpRequest>) => void,
  options?: ReadBodyOptions,
): Promise<Buffer> {
  const outcome = new Promise<Buffer>((resolve, reject) => {
    server = createServer((incoming: IncomingMessage, response) => {
      run(() => readBody(incoming, options)).then(resolve, reject);
      response.on('error', () => {});
    }).listen(0, '127.0.0.1');
  });
  outcome.catch(() => {});
  await once(server as Server, 'listening');
  const { port } = (server as Server).address() as AddressInfo;
  const request = httpRequest({ port, host: '127.0.0.1', method: 'POST' });
  request.on('error', () => {});
  send(request);
  return outcome;
}

describe('readBody()', () => {
  it('gives all bytes of a body, however they come', async () => {
    const parts = ['{"a":', '1', '}'];
    const body = await bodyOf((request) => {
      for (const part of parts) request.write(part);
      request.end();
    });
    expect(body.toString()).toBe('{"a":1}');
    expect(await bodyOf((request) => request.end())).toHaveLength(0);
    const large = Buffer.alloc(500_000, 7);
    expect((await bodyOf((request) => request.end(large))).equals(large)).toBe(true);
  });

  it('refuses more than its limit, announced or not', async () => {
    const tooLarge = { code: 'GREEN_ERR_BODY_TOO_LARGE', statusCode: 413 };
    await expect(bodyOf((request) => request.end('12345'), { limit: 4 })).rejects.toMatchObject(tooLarge);
    await expect(
      bodyOf(
        (request) => {
          request.write('123'); // chunked
          request.end('45');
        },
        { limit: 4 },
      ),
    ).rejects.toMatchObject(tooLarge);
    expect((await bodyOf((request) => request.end('1234'), { limit: 4 })).toString()).toBe('1234');
  });

  it('ends when the client goes in the middle', async () => {
    await expect(
      bodyOf((request) => {
        request.setHeader('content-length', 100);
        request.write('half');
        setTimeout(() => request.destroy(), 20);
      }),
    ).rejects.toMatchObject({ code: 'GREEN_ERR_STREAM_CLOSED' });
  });

  it('gives up after its timeout', async () => {
    await expect(bodyOf((request) => request.write('half'), { timeout: 20 })).rejects.toMatchObject({
      code: 'GREEN_ERR_WAIT_TIMEOUT',
    });
  });

  it('gives no bytes of a stream that has been read, and refuses one that was destroyed', async () => {
    const read = Readable.from(['text']);
    await read.toArray();
    expect(await run(() => readBody(read))).toHaveLength(0);
    const destroyed = new PassThrough();
    destroyed.destroy();
    await expect(run(() => readBody(destroyed))).rejects.toEqual(code('GREEN_ERR_STREAM_CLOSED'));
  });

  it('reads a stream that was paused until somebody would', async () => {
    const paused = new PassThrough();
    paused.pause();
    paused.end('text');
    expect(String(await run(() => readBody(paused)))).toBe('text');
  });

  it('refuses what is no text and no bytes', async () => {
    await expect(run(() => readBody(Readable.from([{ a: 1 }])))).rejects.toEqual(code('GREEN_ERR_OPT_INVALID'));
  });

  it('refuses bad limits, and to block outside a context', async () => {
    await expect(run(() => readBody(new PassThrough(), { limit: -1 }))).rejects.toEqual(code('GREEN_ERR_OPT_INVALID'));
    expect(() => readBody(new PassThrough())).toThrow(code('GREEN_ERR_WAIT_OUTSIDE_CONTEXT'));
  });
});
