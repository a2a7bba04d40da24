// Streamed responses on the client's own connections: what the server sees. How a stream is read, test/http-client/responses says.

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import type { HttpClient, HttpStream } from '../../../src/http-client/index.ts';
import { run, spawn, wait } from '../../../src/pool/index.ts';
import { server as startApp } from '../../middleware/servers.ts';
import { failureOf } from '../both-modes.ts';
import { closed, deferred, startFaultServer, startServer } from '../servers.ts';
import { inEachMode, newAsyncClient, newGreenClient, until } from './modes.ts';

/** Two mebibytes: more than is read for nothing, and than the kernel takes at once. */
const LARGE = 2 * 1024 * 1024;

/** Answers /small with a little, and everything else with much. */
async function startSizes() {
  const gone = deferred();
  const server = await startServer((request, response) => {
    if (request.url !== '/small') void closed(request.socket).then(gone.resolve);
    response.end(Buffer.alloc(request.url === '/small' ? 5000 : LARGE, 'x'));
  });
  return { server, url: server.url, gone: gone.promise };
}

describe('a green stream', () => {
  it('gives lines, bytes, JSON and a file as they come', async () => {
    const { url } = await startServer((request, response) => {
      response.write(request.url === '/json' ? '{"a":[1,' : 'one\r\ntw');
      setImmediate(() => response.end(request.url === '/json' ? '2]}' : 'o\n'));
    });
    const folder = mkdtempSync(join(tmpdir(), 'greenroom-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const client = newGreenClient({ connections: 1 });
    const stream = (path: string): HttpStream<true> => client.get(url + path, { stream: true });
    await run(() => {
      expect([...stream('/').iterLines()]).toEqual(['one', 'two']);
      expect([...stream('/').iterBytes(4)].map(String)).toEqual(['one\r', '\ntwo', '\n']);
      expect(stream('/json').json()).toEqual({ a: [1, 2] });
      expect(stream('/').saveTo(join(folder, 'file'))).toBe(9);
    });
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('one\r\ntwo\n');
    await until(() => client.stats().inFlight === 0);
  });

  it('throws at the line of the handler that reads it', async () => {
    const { url } = await startFaultServer((socket) => {
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\none\ntwo');
    });
    const lines: string[] = [];
    const error = await failureOf(
      run(function reader() {
        for (const line of newGreenClient().get(`${url}/?secret`, { stream: true }).iterLines()) lines.push(line);
      }),
    );
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TRANSPORT', phase: 'body', method: 'GET', attempt: 1 });
    expect(error.stack).toMatch(/reader.*streams\.test\.ts/);
  });
});

describe('a server whose response nobody reads', () => {
  inEachMode('is held back', async ({ newClient, call, green }) => {
    // What the kernel's buffers take differs, the client's own are a few times 64 KiB.
    const all = 32 * 1024 * 1024;
    const piece = Buffer.alloc(256 * 1024);
    let written = 0;
    let writable = true;
    const { url } = await startServer(async (_, response) => {
      response.on('drain', () => {
        writable = true;
      });
      for (; written < all; written += piece.length) {
        writable = response.write(piece);
        if (!writable) await once(response, 'drain');
      }
      response.end();
    });
    const client = newClient();
    const response = await call(() => client.get(url, { stream: true }));
    // Until nothing more happens.
    for (let turns = 0, before = -1; turns < 50; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (before !== written) turns = 0;
      before = written;
    }
    expect([written < all, writable]).toEqual([true, false]);
    expect(await call(() => lengthOf(response, green))).toBe(all);
  });
});

describe('the connection of a response', () => {
  inEachMode('that is closed unread serves again, if little is left of it', async ({ newClient, call }) => {
    const { server, url } = await startSizes();
    const client = newClient({ connections: 1 });
    for (let i = 0; i < 3; i++) (await call(() => client.get(`${url}/small`, { stream: true }))).close();
    expect((await call(() => client.get(`${url}/small`))).bytes().length).toBe(5000);
    expect(server.connections).toBe(1);
  });

  inEachMode('that is closed unread is closed, if much is left of it', async ({ newClient, call }) => {
    const { url, gone } = await startSizes();
    const client = newClient({ connections: 1 });
    (await call(() => client.get(`${url}/large`, { stream: true }))).close();
    await gone;
    expect((await call(() => client.get(`${url}/small`))).status).toBe(200);
  });

  inEachMode('whose length nobody knows is closed, if much comes', async ({ newClient, call }) => {
    const gone = deferred();
    const { url } = await startServer((request, response) => {
      void closed(request.socket).then(gone.resolve);
      pour(response);
    });
    (await call(() => newClient().get(url, { stream: true }))).close();
    await gone.promise;
  });

  inEachMode('whose end does not come is closed', async ({ newClient, call }) => {
    const gone = deferred();
    const { url } = await startServer((request, response) => {
      void closed(request.socket).then(gone.resolve);
      response.write('a little');
    });
    (await call(() => newClient().get(url, { stream: true }))).close();
    await gone.promise;
  });

  it('that a context leaves unread is given back with it', async () => {
    const { server, url, gone } = await startSizes();
    const client = newGreenClient({ connections: 1 });
    expect(await run(() => client.get(`${url}/small`, { stream: true }).status)).toBe(200);
    expect(await run(() => client.get(`${url}/small`, { stream: true }).status)).toBe(200);
    expect(server.connections).toBe(1);
    expect(await run(() => client.get(`${url}/large`, { stream: true }).status)).toBe(200);
    await gone;
    await until(() => client.stats().inFlight === 0);
    expect(await run(() => client.get(`${url}/small`).status)).toBe(200);
  });

  it('whose loop is left is given back at once', async () => {
    const { url, gone } = await startSizes();
    const client = newGreenClient({ connections: 1 });
    const stay = deferred();
    const task = spawn(() => {
      for (const piece of client.get(`${url}/large`, { stream: true }).iterBytes(10)) {
        if (piece.length === 10) break;
      }
      const { status } = client.get(`${url}/small`);
      wait(stay.promise);
      return status;
    });
    await gone;
    stay.resolve();
    expect(await task).toBe(200);
  });

  it('whose loop throws is given back', async () => {
    const { url, gone } = await startSizes();
    const own = new Error('mine');
    const read = (): void => {
      for (const _ of newGreenClient().get(`${url}/large`, { stream: true }).iterBytes()) throw own;
    };
    expect(await failureOf(run(read))).toBe(own);
    await gone;
  });
});

describe('streams side by side', () => {
  inEachMode('take turns on a few connections', async ({ newClient, call, green }) => {
    const server = await startServer((_, response) => response.end(Buffer.alloc(300_000, 'x')));
    const client = newClient({ connections: 2 });
    const read = (): Promise<number> =>
      call(() => {
        const response = client.get(server.url, { stream: true });
        return response instanceof Promise ? response.then((one) => lengthOf(one, green)) : lengthOf(response, green);
      });
    expect(await Promise.all(Array.from({ length: 10 }, read))).toEqual(Array(10).fill(300_000));
    expect(server.connections).toBe(2);
    await until(() => client.stats().inFlight === 0);
  });

  it('are read in turns by one context', async () => {
    const { url } = await startServer((request, response) => {
      for (let i = 0; i < 200; i++) response.write(`${request.url} ${i} ${'x'.repeat(2000)}\n`);
      response.end();
    });
    const client = newGreenClient();
    const turns = await run(() => {
      const [a, b] = ['/a', '/b'].map((path) => client.get(url + path, { stream: true }).iterLines());
      const heads: string[] = [];
      for (const line of a as Generator<string>) {
        heads.push(line.slice(0, 3), String(b?.next().value).slice(0, 3));
      }
      return heads;
    });
    expect(turns.length).toBe(400);
    expect(turns.every((head, i) => head === (i % 2 === 0 ? '/a ' : '/b '))).toBe(true);
  });
});

describe('a green route', () => {
  it('may reply with the body of a stream', async () => {
    const { server, url } = await startSizes();
    const client = newGreenClient({ connections: 1 });
    const app = await startApp();
    app.get('/', { green: true }, (_, reply) => {
      const response = client.get(`${url}/small`, { stream: true });
      reply.code(203).header('x-from', response.status);
      return response.body;
    });
    for (let i = 0; i < 2; i++) {
      const reply = await app.inject('/');
      expect([reply.statusCode, reply.headers['x-from'], reply.body.length]).toEqual([203, '200', 5000]);
    }
    expect(server.connections).toBe(1);
    await until(() => client.stats().inFlight === 0);
  });

  it('may reply with a generator that reads a stream', async () => {
    const { url } = await startServer((_, response) => {
      response.write('1\n');
      setImmediate(() => response.end('2\n3'));
    });
    const client = newGreenClient();
    const app = await startApp();
    app.get('/', { green: true }, function* () {
      const response = client.get(url, { stream: true });
      yield '0;';
      for (const line of response.iterLines()) yield `${line};`;
    });
    expect((await app.inject('/')).body).toBe('0;1;2;3;');
    await until(() => client.stats().inFlight === 0);
  });

  it('gives a stream back when the client of the route goes while it is sent', async () => {
    const gone = deferred();
    const { url } = await startServer((request, response) => {
      void closed(request.socket).then(gone.resolve);
      pour(response);
    });
    const client = newGreenClient();
    const app = await startApp();
    app.get('/body', { green: true }, () => client.get(url, { stream: true }).body);
    app.get('/lines', { green: true }, function* () {
      for (const piece of client.get(url, { stream: true }).iterBytes()) yield piece;
    });
    const own = await app.listen({ port: 0, host: '127.0.0.1' });
    const outside: HttpClient = newAsyncClient();
    for (const path of ['/body', '/lines']) {
      const response = await outside.get(own + path, { stream: true });
      await once(response.body, 'readable');
      response.close();
      await gone.promise;
    }
    await until(() => client.stats().inFlight === 0);
  });
});

describe('close() of the client', () => {
  inEachMode('waits for its streams', async ({ newClient, call, green }) => {
    const finish = deferred();
    const { url } = await startServer(async (_, response) => {
      response.write('begin ');
      await finish.promise;
      response.end('end');
    });
    const client = newClient();
    // Held by a context that goes on, or by nobody.
    const read = call(() => {
      const use = (response: HttpStream<boolean>): unknown => {
        const closing = client.close().then(() => 'closed');
        setImmediate(finish.resolve);
        const text = response.text();
        return text instanceof Promise ? Promise.all([text, closing]) : [text, wait(closing)];
      };
      const response = client.get(url, { stream: true });
      return response instanceof Promise ? response.then(use) : use(response);
    });
    expect(await read).toEqual(['begin end', 'closed']);
    expect(green).toBe(client.green);
  });
});

function lengthOf(response: HttpStream<boolean>, green: boolean): number | Promise<number> {
  let length = 0;
  if (green) {
    for (const piece of (response as HttpStream<true>).iterBytes()) length += piece.length;
    return length;
  }
  return (async () => {
    for await (const piece of (response as HttpStream<false>).iterBytes()) length += piece.length;
    return length;
  })();
}

/** Writes for as long as somebody reads. */
function pour(response: ServerResponse): void {
  const piece = 'x'.repeat(64 * 1024);
  const write = (): void => {
    if (!response.destroyed && response.write(piece)) setImmediate(write);
  };
  response.on('drain', write).on('error', () => {});
  write();
}
