// A server may close a kept-alive connection at the moment when a request goes out on it.

import { Readable } from 'node:stream';
import { describe, expect } from 'vitest';

import { failureOf } from '../both-modes.ts';
import { startFaultServer } from '../servers.ts';
import { inEachMode, until } from './modes.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** Answers the first request of a connection, and breaks the connection at the second, `broken` times. */
async function startFickle(broken: number) {
  const seen = new WeakSet<object>();
  const heads: string[] = [];
  let left = broken;
  const server = await startFaultServer((socket, head) => {
    heads.push(head);
    if (!seen.has(socket) || left === 0) {
      seen.add(socket);
      socket.write(OK);
    } else {
      left--;
      socket.resetAndDestroy();
    }
  });
  return { server, heads, url: server.url };
}

describe('a request on a connection that the server has just closed', () => {
  inEachMode('is sent again at once, if that does no harm', async ({ newClient, call }) => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']) {
      const { server, url } = await startFickle(1);
      const client = newClient({ connections: 1 });
      await call(() => client.get(url));
      const response = await call(() => client.request(method, url));
      expect([response.status, server.connections]).toEqual([200, 2]);
    }
  });

  inEachMode('counts no attempt, and begins with the hooks anew', async ({ newClient, call }) => {
    const { url, heads } = await startFickle(1);
    const client = newClient({
      connections: 1,
      hooks: { beforeRequest: (request) => request.setHeader('x-attempt', String(request.attempt)) },
    });
    await call(() => client.get(url));
    await call(() => client.put(url, { json: 'body' }));
    expect(heads.slice(1).map((head) => /x-attempt: (\d)/.exec(head)?.[1])).toEqual(['1', '1']);
    expect(heads[2]).toBe(heads[1]);
    expect(heads[2]).toMatch(/"body"$/);
  });

  inEachMode('fails if it may have done something', async ({ newClient, call }) => {
    for (const options of [{}, { json: 1 }]) {
      const { url, heads } = await startFickle(1);
      const client = newClient({ connections: 1 });
      await call(() => client.get(url));
      const error = await failureOf(call(() => client.post(url, options)));
      expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TRANSPORT', phase: 'headers', attempt: 1 });
      expect(heads.filter((head) => head.startsWith('POST')).length).toBe(1);
    }
  });

  inEachMode('fails if its body is gone', async ({ newClient, call }) => {
    const { url, heads } = await startFickle(1);
    const client = newClient({ connections: 1 });
    await call(() => client.get(url));
    const error = await failureOf(call(() => client.put(url, { body: Readable.from(['x']) })));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TRANSPORT' });
    expect(heads.filter((head) => head.startsWith('PUT')).length).toBe(1);
  });

  inEachMode('goes through all such connections', async ({ newClient, call }) => {
    const { server, url } = await startFickle(3);
    const client = newClient({ connections: 3 });
    await Promise.all([1, 2, 3].map(() => call(() => client.get(url))));
    expect(server.connections).toBe(3);
    await until(() => client.stats().connections.free === 3);
    expect((await call(() => client.get(url))).status).toBe(200);
  });
});

describe('several requests on connections that the server has just closed', () => {
  inEachMode('are all sent again', async ({ newClient, call }) => {
    const { server, url } = await startFickle(4);
    const client = newClient();
    await Promise.all([1, 2, 3, 4].map(() => call(() => client.get(url))));
    expect(server.connections).toBe(4);
    await until(() => client.stats().connections.free === 4);
    const answers = await Promise.all([1, 2, 3, 4].map(() => call(() => client.get(url))));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });
});

describe('a request on a new connection that breaks', () => {
  inEachMode('fails', async ({ newClient, call }) => {
    const server = await startFaultServer((socket) => socket.resetAndDestroy());
    const error = await failureOf(call(() => newClient().get(server.url)));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TRANSPORT', attempt: 1 });
    expect(server.requests).toBe(1);
  });
});

describe('a response that breaks off on a connection in use before', () => {
  inEachMode('fails, because it has begun', async ({ newClient, call }) => {
    const server = await startFaultServer((socket) => {
      if (server.requests === 1) socket.write(OK);
      else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok');
    });
    const client = newClient({ connections: 1 });
    await call(() => client.get(server.url));
    const error = await failureOf(call(() => client.get(server.url)));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TRANSPORT', phase: 'body' });
    expect(server.requests).toBe(2);
  });
});
