import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import zlib from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';

import type { HttpStream } from '../../../src/http-client/responses/http-stream.ts';
import { run } from '../../../src/pool/index.ts';
import { failureOf } from '../both-modes.ts';
import { closed, deferred, startFaultServer, startServer } from '../servers.ts';
import { StreamClient } from './stream-client.ts';

type Use = <T>(url: string, use: (stream: HttpStream<boolean>) => T | Promise<T>) => Promise<T>;

/** All requests of one test go over one connection. */
function inBothModes(title: string, body: (use: Use) => Promise<void>): void {
  test(`${title} [green]`, () => {
    const client = new StreamClient(true);
    return body((url, use) => run(() => use(client.get(url, {}))) as never);
  });
  test(`${title} [promises]`, () => {
    const client = new StreamClient(false);
    return body(async (url, use) => use(await client.get(url, {})));
  });
}

const random = randomBytes(3_000_000);
const digest = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

inBothModes('large bodies of every coding come whole, one after the other', async (use) => {
  const codings: Record<string, (response: ServerResponse) => NodeJS.WritableStream[]> = {
    gzip: () => [zlib.createGzip({ level: 1 })],
    deflate: () => [zlib.createDeflateRaw({ level: 1 })],
    br: () => [zlib.createBrotliCompress({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } })],
    identity: () => [],
  };
  const server = await startServer((request, response) => {
    const coding = request.url?.slice(1) as string;
    response.setHeader('content-encoding', coding);
    const stages = codings[coding]?.(response) ?? [];
    pipeline([Readable.from([random]), ...stages, response] as never, () => {});
  });
  for (const coding of Object.keys(codings)) {
    expect(digest(await use(`${server.url}/${coding}`, (stream) => stream.bytes()))).toBe(digest(random));
  }
});

inBothModes('saveTo() writes a large body at the pace of the disk', async (use) => {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { url } = await startServer((_, response) => response.end(random));
  expect(await use(url, (stream) => stream.saveTo(join(folder, 'file')))).toBe(random.length);
  expect(digest(readFileSync(join(folder, 'file')))).toBe(digest(random));
});

inBothModes('a stream that is left early takes its request off the wire, and the client goes on', async (use) => {
  const gone = deferred();
  const { url } = await startServer((request, response) => {
    if (request.url === '/next') {
      response.end('next');
      return;
    }
    void closed(request.socket).then(gone.resolve);
    response.write('1\n2\n');
  });
  await use(url, (stream) => stream.iterLines().return() as Promise<unknown>);
  await gone.promise;
  expect(await use(`${url}/next`, (stream) => stream.text())).toBe('next');
});

inBothModes('a body that breaks off is an error, after what came', async (use) => {
  const { url } = await startFaultServer((socket) => {
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\none\ntwo');
  });
  const lines: string[] = [];
  const failure = await failureOf(
    use(url, (stream) => {
      const iteration = stream.iterLines();
      if (Symbol.iterator in iteration) {
        for (const line of iteration) lines.push(line);
        return;
      }
      return (async () => {
        for await (const line of iteration) lines.push(line);
      })();
    }),
  );
  expect(failure).toMatchObject({ code: 'GREEN_ERR_HTTP_TRANSPORT', phase: 'body' });
});

test('a green context that leaves a response unread gives its socket back', async () => {
  const { url } = await startServer((_, response) => response.write('and no end'));
  const client = new StreamClient(true);
  for (let i = 0; i < 5; i++) expect(await run(() => client.get(url, {}).status)).toBe(200);
});
