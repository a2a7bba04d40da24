import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';

import type { HttpRetryInfo } from '../../../src/http-client/call/hooks.ts';
import { run, wait } from '../../../src/pool/index.ts';
import { failureOf } from '../both-modes.ts';
import { readAll, startFaultServer, startServer, unusedPort } from '../servers.ts';
import { inEachMode, newGreenClient } from './modes.ts';

/** Without a pause. */
const retry = { limit: 2, backoff: 0 };
const NO_CONTENT = 'HTTP/1.1 204 No Content\r\n\r\n';

/** Answers each request with the next of `statuses`, and with the last one from then on. */
async function startStatuses(statuses: number[], extend: (response: ServerResponse) => void = () => {}) {
  const bodies: string[] = [];
  const server = await startServer(async (request, response) => {
    bodies.push((await readAll(request)).toString());
    response.statusCode = statuses[Math.min(bodies.length, statuses.length) - 1] as number;
    extend(response);
    response.end(`answer ${bodies.length}`);
  });
  return { server, bodies, url: server.url };
}

describe('a retry', () => {
  inEachMode('is not made by default', async ({ newClient, call }) => {
    const { server, url } = await startStatuses([503]);
    const response = await call(() => newClient().get(url));
    expect([response.status, server.requests]).toEqual([503, 1]);
  });

  inEachMode('follows on a status that it can mend', async ({ newClient, call }) => {
    for (const status of [408, 429, 502, 503, 504]) {
      const { url } = await startStatuses([status, status, 200]);
      const response = await call(() => newClient({ retry }).get(url));
      expect([response.status, response.text(), response.history]).toEqual([200, 'answer 3', []]);
    }
  });

  inEachMode('does not follow on another one, unless told', async ({ newClient, call }) => {
    const { server, url } = await startStatuses([500, 200]);
    expect((await call(() => newClient({ retry }).get(url))).status).toBe(500);
    expect(server.requests).toBe(1);
    const told = await startStatuses([418, 200]);
    expect((await call(() => newClient({ retry }).get(told.url, { retry: { statuses: [418] } }))).status).toBe(200);
  });

  inEachMode('ends at the limit, with the last response', async ({ newClient, call }) => {
    const { server, url } = await startStatuses([503]);
    const response = await call(() => newClient({ retry }).get(url));
    expect([response.status, response.text(), server.requests]).toEqual([503, 'answer 3', 3]);
    const error = await failureOf(call(() => newClient({ retry, throwOnError: true }).get(url)));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_STATUS', status: 503, attempt: 3 });
  });

  inEachMode('ends at the limit, with the last error', async ({ newClient, call }) => {
    const server = await startFaultServer((socket) => socket.resetAndDestroy());
    const error = await failureOf(call(() => newClient({ retry }).get(server.url)));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TRANSPORT', attempt: 3 });
    expect(server.requests).toBe(3);
  });

  inEachMode('follows on a connection that is refused', async ({ newClient, call }) => {
    const port = await unusedPort();
    const attempts: unknown[] = [];
    const beforeRetry = ({ attempt, error, status }: HttpRetryInfo): void => {
      attempts.push([attempt, (error as { code?: string } | null)?.code, status]);
    };
    const error = await failureOf(
      call(() => newClient({ retry, hooks: { beforeRetry } }).get(`http://127.0.0.1:${port}`)),
    );
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_CONNECT', attempt: 3 });
    expect(attempts).toEqual([
      [2, 'GREEN_ERR_HTTP_CONNECT', null],
      [3, 'GREEN_ERR_HTTP_CONNECT', null],
    ]);
  });

  inEachMode('follows on a body that breaks off', async ({ newClient, call }) => {
    let requests = 0;
    const { url } = await startFaultServer((socket) => {
      const body = requests++ === 0 ? 'cut' : 'complete';
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 8\r\nconnection: close\r\n\r\n${body}`);
    });
    expect((await call(() => newClient({ retry }).get(url))).text()).toBe('complete');
  });

  inEachMode('follows on a phase that takes too long', async ({ newClient, call }) => {
    let requests = 0;
    const { url } = await startFaultServer((socket) => {
      if (requests++ > 0) socket.write(NO_CONTENT);
    });
    const response = await call(() => newClient({ retry, timeout: { headers: 250 } }).get(url));
    expect([response.status, requests]).toEqual([204, 2]);
    requests = 0;
    const error = await failureOf(
      call(() => newClient({ retry: { ...retry, onTimeout: false }, timeout: { headers: 250 } }).get(url)),
    );
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', timeout: 'headers', attempt: 1 });
  });

  inEachMode('is for idempotent methods only, unless told', async ({ newClient, call }) => {
    const client = newClient({ retry });
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']) {
      const { server, url } = await startStatuses([503, 200]);
      expect((await call(() => client.request(method, url))).status).toBe(200);
      expect(server.requests).toBe(2);
    }
    for (const method of ['POST', 'PATCH']) {
      const { server, url, bodies } = await startStatuses([503, 200]);
      expect((await call(() => client.request(method, url))).status).toBe(503);
      expect(server.requests).toBe(1);
      const told = { json: [1], retry: { methods: [method] } };
      expect((await call(() => client.request(method, url, told))).status).toBe(200);
      expect(bodies).toEqual(['', '[1]']);
    }
  });

  inEachMode('sends the same body and headers again', async ({ newClient, call }) => {
    const { url, bodies } = await startStatuses([503, 503, 200]);
    await call(() => newClient({ retry }).put(url, { body: () => Readable.from(['a', 'b']) }));
    expect(bodies).toEqual(['ab', 'ab', 'ab']);
  });

  inEachMode('is not made with a body that can be sent once', async ({ newClient, call }) => {
    const { server, url } = await startStatuses([503, 200]);
    const response = await call(() => newClient({ retry }).put(url, { body: Readable.from(['a']) }));
    expect([response.status, server.requests]).toEqual([503, 1]);
  });

  inEachMode('waits as long as Retry-After says', async ({ newClient, call }) => {
    const delays: number[] = [];
    const beforeRetry = ({ delay }: HttpRetryInfo): void => void delays.push(delay);
    for (const after of ['0', '0.02', new Date(0).toUTCString()]) {
      const { url } = await startStatuses([429, 200], (response) => response.setHeader('retry-after', after));
      await call(() => newClient({ retry: { limit: 1, backoff: 60_000, jitter: 0 }, hooks: { beforeRetry } }).get(url));
    }
    expect(delays).toEqual([0, 20, 0]);
    const { url } = await startStatuses([429, 200], (response) => response.setHeader('retry-after', '2'));
    const response = await call(() => newClient({ retry: { ...retry, maxRetryAfter: 1999 } }).get(url));
    expect(response.status).toBe(429);
  });

  inEachMode('is not begun when its pause would end after the deadline', async ({ newClient, call }) => {
    const { server, url } = await startStatuses([503]);
    const slow = { limit: 2, backoff: 10_000, jitter: 0 };
    const response = await call(() => newClient({ retry: slow, timeout: 9000 }).get(url));
    expect([response.status, server.requests]).toEqual([503, 1]);
    const broken = await startFaultServer((socket) => socket.resetAndDestroy());
    const error = await failureOf(call(() => newClient({ retry: slow, timeout: 9000 }).get(broken.url)));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TRANSPORT', attempt: 1 });
  });

  inEachMode('ends with the total timeout, over all attempts', async ({ newClient, call }) => {
    const { url } = await startFaultServer((socket, head) => {
      // Only the first attempt is answered.
      if (head.includes('x-attempt: 1'))
        socket.end('HTTP/1.1 503 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    });
    const beforeRequest = (request: { attempt: number; setHeader(name: string, value: string): void }): void =>
      request.setHeader('x-attempt', String(request.attempt));
    const error = await failureOf(
      call(() => newClient({ retry: { limit: 9, backoff: 0 }, timeout: 600, hooks: { beforeRequest } }).get(url)),
    );
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', timeout: 'total', limit: 600, attempt: 2 });
    expect(error['elapsed']).toBeGreaterThan(590);
  });

  inEachMode('is told to the hook, which may change nothing of it but time', async ({ newClient, call }) => {
    const { url } = await startStatuses([503, 200]);
    const told: HttpRetryInfo[] = [];
    const beforeRetry = [
      (info: HttpRetryInfo): void => void told.push(info),
      () => new Promise<void>((resolve) => setImmediate(resolve)),
    ];
    await call(() => newClient({ retry, hooks: { beforeRetry } }).get(`${url}/x`));
    expect(told).toEqual([
      {
        attempt: 2,
        delay: 0,
        error: null,
        status: 503,
        request: expect.objectContaining({ url: `${url}/x`, attempt: 1 }),
      },
    ]);
  });

  inEachMode('can be prevented by the hook', async ({ newClient, call }) => {
    const { server, url } = await startStatuses([503]);
    const own = new Error('enough');
    const beforeRetry = (): never => {
      throw own;
    };
    expect(await failureOf(call(() => newClient({ retry, hooks: { beforeRetry } }).get(url)))).toBe(own);
    expect(server.requests).toBe(1);
  });

  inEachMode('gives the connection of a streamed answer back', async ({ newClient, call }) => {
    const { server, url } = await startStatuses([503, 503, 200]);
    const client = newClient({ retry, connections: 1 });
    const response = await call(() => client.get(url, { stream: true }));
    expect((await response.body.toArray()).join('')).toBe('answer 3');
    expect([server.requests, server.connections]).toEqual([3, 1]);
  });

  inEachMode('is made of each hop of a redirect', async ({ newClient, call }) => {
    const seen: string[] = [];
    const { url } = await startServer((request, response) => {
      seen.push(request.url as string);
      if (request.url === '/from') response.writeHead(307, { location: '/to' }).end();
      else response.writeHead(seen.length < 3 ? 503 : 200).end();
    });
    const response = await call(() => newClient({ retry }).get(`${url}/from`));
    expect([response.status, response.history.length, seen]).toEqual([200, 1, ['/from', '/to', '/to']]);
  });

  it('may wait in its hook, in a context', async () => {
    const { url } = await startStatuses([503, 200]);
    const client = newGreenClient({ retry, hooks: { beforeRetry: () => wait(Promise.resolve()) } });
    expect(await run(() => client.get(url).status)).toBe(200);
  });
});
