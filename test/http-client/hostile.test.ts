// What a hostile reading of the client has found, or looked for: each would lose a connection, a call, or the process.

import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { Pause } from '../../src/http-client/exchange/step.ts';
import { HttpClient, type HttpClientOptions } from '../../src/http-client/index.ts';
import { GreenPool, shield, wait } from '../../src/pool/index.ts';
import { failureOf } from './both-modes.ts';
import { closed, deferred, startFaultServer, startServer } from './servers.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

function newClient(options: HttpClientOptions = {}): HttpClient {
  const client = new HttpClient({ ...options, green: false });
  onTestFinished(() => client.close());
  return client;
}

async function turns(until: () => boolean): Promise<void> {
  while (!until()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a connection', () => {
  it('that is reset while the reader holds back a body without length is an error of the body, not of the process', async () => {
    let server: Socket | undefined;
    const { url } = await startFaultServer((socket) => {
      server = socket;
      socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n');
      socket.write(Buffer.alloc(66_000)); // a little more than is read ahead
    });
    const client = newClient({ maxResponseBytes: Number.POSITIVE_INFINITY });
    const { body } = await client.get(url, { stream: true });
    await turns(() => body.readableLength >= 65_536);
    const broken = once(body, 'error');
    server?.resetAndDestroy();
    const [error] = await broken;
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TRANSPORT', phase: 'body' });
    expect((await client.get((await startServer((_, response) => response.end())).url)).status).toBe(200);
  });

  it.skipIf(process.platform === 'darwin')('that is reset does not make a body without length complete', async () => {
    const { url } = await startFaultServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhalf a bo');
      cut = () => socket.resetAndDestroy();
    });
    let cut = (): void => {};
    for (const stream of [true, false]) {
      const onDownloadProgress = (): void => cut(); // its bytes are there
      const error = await failureOf(
        newClient()
          .get(url, { stream, onDownloadProgress })
          .then((response) => response.bytes()),
      );
      expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TRANSPORT', cause: { code: 'ECONNRESET' } });
    }
  });

  it('outlives a request that was given up while it waited for it', async () => {
    const first = deferred<Socket>();
    const server = await startFaultServer((socket, head) => {
      if (head.startsWith('GET /first')) first.resolve(socket);
      else socket.write(OK);
    });
    const client = newClient({ connections: 1 });
    const answered = client.get(`${server.url}/first`);
    const socket = await first.promise;
    const aborted = new AbortController();
    const given = [
      failureOf(client.get(`${server.url}/queued`, { signal: aborted.signal })),
      failureOf(client.post(`${server.url}/queued`, { body: ['a', 'b'], signal: aborted.signal })),
      failureOf(
        client.post(`${server.url}/queued`, { body: async function* () {}.bind(null), signal: aborted.signal }),
      ),
    ];
    aborted.abort();
    for (const error of await Promise.all(given)) expect(error['code']).toBe('GREEN_ERR_CANCELLED');
    const later = client.get(`${server.url}/later`);
    socket.write(OK);
    expect([(await answered).status, (await later).status]).toEqual([200, 200]);
    expect(server).toMatchObject({ connections: 1, requests: 2 });
    expect(client.stats()).toMatchObject({ inFlight: 0, connections: { running: 0, pending: 0 } });
  });

  it('that is still being made ends with the client', async () => {
    const hello = deferred<Socket>();
    const { url } = await startFaultServer((socket) => hello.resolve(socket)); // never answers it
    const client = newClient();
    const aborted = new AbortController();
    const failed = failureOf(client.get(url.replace('http', 'https'), { signal: aborted.signal }));
    const gone = closed(await hello.promise);
    aborted.abort();
    await failed;
    await client.close();
    await gone;
  });
});

describe('a call whose context is destroyed', () => {
  const destroyed = async (work: (client: HttpClient<true>, waits: () => void) => void): Promise<HttpClient<true>> => {
    const client = new HttpClient({ green: true });
    const pool = new GreenPool({ cleanupTimeout: 1 });
    const waiting = deferred();
    const lost = pool.submit(() => shield({ timeout: 60_000 }, () => work(client, waiting.resolve)));
    await waiting.promise;
    expect(client.stats().inFlight).toBe(1);
    await Promise.all([failureOf(lost), pool.shutdown({ drain: 1 })]);
    expect(pool.stats.discarded).toBe(1);
    return client;
  };

  it('is no longer in flight, so that the client can be closed', async () => {
    const gone = deferred();
    const { url } = await startFaultServer((socket) => {
      asked?.();
      gone.resolve(closed(socket) as never);
    });
    let asked: (() => void) | undefined;
    const client = await destroyed((http, waits) => {
      asked = waits;
      http.get(url);
    });
    await gone.promise;
    await client.close();
  });

  it('nor while a hook of its own waits; its deadline and its signal are forgotten', async () => {
    const signal = new AbortController().signal;
    const removed = vi.spyOn(signal, 'removeEventListener');
    const client = await destroyed((http, waits) => {
      const beforeRequest = (): void => {
        waits();
        wait(new Promise(() => {}));
      };
      http.get('http://127.0.0.1:1/', { hooks: { beforeRequest }, signal });
    });
    expect(removed).toHaveBeenCalledOnce();
    await client.close();
  });
});

describe("code of the caller's that a response calls", () => {
  it("has the caller's AsyncLocalStorage, whoever has used the connection before", async () => {
    const rest = deferred<() => void>();
    const { url } = await startFaultServer((socket, head) => {
      if (!head.startsWith('GET /slow')) {
        socket.write(OK);
        return;
      }
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nok');
      rest.resolve(() => socket.write('ok'));
    });
    const user = new AsyncLocalStorage<string>();
    const client = newClient({ connections: 1 });
    await user.run('first', () => client.get(url));
    const seen: unknown[] = [];
    const see = (): void => void seen.push(user.getStore());
    await user.run('second', () => client.get(url, { onDownloadProgress: see }));
    await user.run('second', async () => {
      const { body } = await client.get(`${url}/slow`, { stream: true, onDownloadProgress: see });
      body.on('data', see).on('end', see);
      await once(body, 'data');
      (await rest.promise)();
      await once(body, 'end');
    });
    expect(new Set(seen)).toEqual(new Set(['second']));
    expect(seen.length).toBeGreaterThanOrEqual(6);
  });
});

describe('a streamed response', () => {
  it("that fails before anybody has it is the call's error alone", async () => {
    const dispatcher = {
      dispatch(_: unknown, handler: Dispatcher.DispatchHandler): boolean {
        const controller = { abort() {}, pause() {}, resume() {} } as unknown as Dispatcher.DispatchController;
        handler.onRequestStart?.(controller, null);
        handler.onResponseStart?.(controller, 200, {}, 'OK');
        handler.onResponseError?.(controller, Object.assign(new Error('gone'), { code: 'ECONNRESET' }));
        return true;
      },
    };
    const client = newClient({ dispatcher: dispatcher as unknown as Dispatcher });
    const error = await failureOf(client.get('http://a.example/', { stream: true }));
    expect(error['code']).toBe('GREEN_ERR_HTTP_TRANSPORT');
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('is aborted from a callback of its own without harm', async () => {
    const { url } = await startFaultServer((socket) => {
      socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${'x'.repeat(100)}`);
    });
    const client = newClient();
    for (const stream of [true, false]) {
      const aborted = new AbortController();
      const failed = failureOf(
        client
          .get(url, { stream, signal: aborted.signal, onDownloadProgress: () => aborted.abort() })
          .then((response) => response.bytes()),
      );
      expect((await failed)['code']).toBe('GREEN_ERR_CANCELLED');
    }
    const error = await failureOf(client.get(url, { maxResponseBytes: 50 }));
    expect(error['code']).toBe('GREEN_ERR_HTTP_BODY_TOO_LARGE');
    expect((await client.get(url)).bytes().length).toBe(100);
  });
});

describe('a 304 with the length of what it does not send', () => {
  it('is complete', async () => {
    const { url } = await startFaultServer((socket) => {
      socket.write('HTTP/1.1 304 Not Modified\r\ncontent-length: 99999\r\n\r\n');
    });
    for (const stream of [true, false]) {
      const response = await newClient().get(url, { stream });
      expect([response.status, (await response.bytes()).length]).toEqual([304, 0]);
    }
  });
});

describe('a pause between two attempts', () => {
  afterEach(() => void vi.useRealTimers());

  it('that is longer than a timer can run is not cut to nothing', () => {
    vi.useFakeTimers();
    const fulfil = vi.fn();
    const pause = new Pause(1e12);
    pause.start({ fulfil });
    vi.advanceTimersByTime(60_000);
    expect(fulfil).not.toHaveBeenCalled();
    pause.abandon();
  });
});

describe('content-length of the caller', () => {
  it('never promises a body that does not come, which would swallow the next request', async () => {
    const heads: string[] = [];
    const { url } = await startFaultServer((socket, head) => {
      heads.push(head);
      socket.write(OK);
    });
    const client = newClient();
    for (const method of ['GET', 'POST', 'DELETE']) {
      await client.request(method, url, { headers: { 'content-length': '5' } });
    }
    expect(heads.filter((head) => head.includes('content-length: 5'))).toEqual([]);
  });
});
