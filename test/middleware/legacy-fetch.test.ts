// Fetch-style handlers, `(Request) => Response`, in a pool.

import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';

import { inContext, wait } from '../../src/index.ts';
import { type RunInPoolOptions, runInPool } from '../../src/middleware/index.ts';
import { later } from '../support/turns.ts';
import { call, closeServers, gate, open, postJson, received, serve, sleep, until } from './legacy-servers.ts';

afterEach(closeServers);

type FetchHandler = (request: Request) => Response | Promise<Response>;

const inPool = (handler: FetchHandler, options: RunInPoolOptions = {}): ReturnType<typeof make> =>
  make(handler, options);
const make = (handler: FetchHandler, options: RunInPoolOptions) => runInPool(handler, { ...options, kind: 'fetch' });

describe('a fetch-style handler', () => {
  it('gets a Request and gives a Response, and waits in between', async () => {
    const url = await serve(
      inPool((request) => {
        const { pathname, searchParams, host } = new URL(request.url);
        const body = wait(request.json());
        return Response.json(
          {
            pathname,
            q: searchParams.get('q'),
            host,
            body,
            type: request.headers.get('content-type'),
            green: inContext(),
          },
          { status: 201, statusText: 'Made', headers: { 'x-one': '1' } },
        );
      }),
    );
    const answer = await postJson(`${url}//a/b?q=ø`.replace('ø', '%C3%B8'), { a: 1 });
    expect(answer.status).toBe(201);
    expect(answer.headers['x-one']).toBe('1');
    expect(JSON.parse(answer.body)).toEqual({
      pathname: '//a/b',
      q: 'ø',
      host: new URL(url).host,
      body: { a: 1 },
      type: 'application/json',
      green: true,
    });
  });

  it('may be async, set several cookies, and answer without a body', async () => {
    const url = await serve(
      inPool(async (request) => {
        await later(0);
        const headers = new Headers([
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
        ]);
        return request.method === 'HEAD'
          ? new Response('unseen', { headers })
          : new Response(null, { status: 204, headers });
      }),
    );
    const answer = await call(url);
    expect([answer.status, answer.body, answer.headers['set-cookie']]).toEqual([204, '', ['a=1', 'b=2']]);
    expect((await call(url, { method: 'HEAD' })).status).toBe(200);
  });

  it('is told a valid URL whatever Host says', async () => {
    const url = await serve(inPool((request) => new Response(request.url)));
    const { host } = new URL(url);
    for (const [line, expected] of [
      ['GET /x HTTP/1.1\r\nhost: shop.example:81', 'http://shop.example:81/x'],
      ['GET /x HTTP/1.1\r\nhost: a@b/c', `http://${host}/x`],
      ['GET /x HTTP/1.0', `http://${host}/x`],
      ['GET //evil.example/x HTTP/1.1\r\nhost: me', 'http://me//evil.example/x'],
      ['GET http://abs.example/x HTTP/1.1\r\nhost: me', 'http://abs.example/x'],
    ]) {
      const socket = await open(url, `${line}\r\nconnection: close\r\n\r\n`);
      expect(await received(socket, /http:\/\/.*\/x/)).toContain(expected);
    }
  });

  it('streams its answer while the client reads, without a worker', async () => {
    let pulled = 0;
    let cancelled = false;
    const listener = inPool(
      () =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              pulled++;
              await later(0);
              controller.enqueue(Buffer.alloc(65_536));
            },
            cancel() {
              cancelled = true;
            },
          }),
        ),
    );
    const url = await serve(listener);
    const socket = await open(url, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    socket.pause();
    await until(() => pulled > 10);
    for (let before = 0; before < pulled; await sleep(50)) before = pulled; // it stalls when the buffers are full
    expect(listener.pool.stats.active).toBe(0);
    socket.destroy();
    await until(() => cancelled);
  });

  it('hears by request.signal that its client has gone', async () => {
    const reasons: unknown[] = [];
    const listener = inPool((request) => {
      request.signal.addEventListener('abort', () => reasons.push(request.signal.reason));
      wait(sleep(5000));
      return new Response();
    });
    const url = await serve(listener);
    const socket = await open(url, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}');
    await until(() => listener.pool.stats.active === 1);
    await sleep(10);
    expect(reasons).toEqual([]);
    socket.destroy();
    await until(() => listener.pool.stats.active === 0);
    expect(reasons).toEqual([expect.objectContaining({ code: 'GREEN_ERR_CANCELLED', reason: 'disconnect' })]);
  });

  it('hears by request.signal that its time is over; the client gets 503', async () => {
    const { opened, open: heard } = gate();
    const url = await serve(
      inPool(
        (request) => {
          request.signal.addEventListener('abort', heard);
          return wait(sleep(5000)) as never;
        },
        { timeout: 30 },
      ),
    );
    expect((await call(url)).status).toBe(503);
    await opened;
  });

  it('is refused with 503 when the pool is full', async () => {
    const { opened, open: release } = gate();
    const listener = inPool(
      () => {
        wait(opened);
        return new Response('served');
      },
      { maxWorkers: 1, maxQueue: 0 },
    );
    const url = await serve(listener);
    const served = call(url);
    await until(() => listener.pool.stats.active === 1);
    expect((await call(url)).headers['retry-after']).toBe('1');
    release();
    expect((await served).body).toBe('served');
  });

  it.each<[string, () => unknown]>([
    ['nothing', () => undefined],
    ['a string', () => 'text'],
    ['a network error', () => Response.error()],
  ])('answers 500 if it gives %s', async (_what, handler) => {
    const errors: unknown[] = [];
    const url = await serve(inPool(handler as FetchHandler, { onError: (error) => errors.push(error) }));
    expect((await call(url)).status).toBe(500);
    expect(errors).toEqual([expect.objectContaining({ code: 'GREEN_ERR_RESPONSE_INVALID' })]);
  });

  it('tells of a body that fails in the middle, and closes the connection', async () => {
    const errors: unknown[] = [];
    const failure = new Error('in the middle');
    const body = (): ReadableStream =>
      new ReadableStream({
        async pull(controller) {
          controller.enqueue(Buffer.from('half'));
          await sleep(5);
          controller.error(failure);
        },
      });
    const url = await serve(inPool(() => new Response(body()), { onError: (error) => errors.push(error) }));
    await expect(call(url)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await until(() => errors.length > 0);
    expect(errors).toEqual([failure]);
  });

  it('reads large bodies as they come, and those that waitForBody has read', async () => {
    const size: FetchHandler = (request) => new Response(String(wait(request.arrayBuffer()).byteLength));
    const body = Buffer.alloc(3_000_000);
    const options = { method: 'POST' };
    expect((await call(await serve(inPool(size)), options, body)).body).toBe('3000000');
    expect((await call(await serve(inPool(size, { waitForBody: { limit: 4e6 } })), options, body)).body).toBe(
      '3000000',
    );
  });

  it('answers 501 to methods that fetch does not know', async () => {
    const url = await serve(inPool(() => new Response()));
    expect((await call(url, { method: 'TRACE' })).status).toBe(501);
  });
});

describe('a Hono app', () => {
  it('waits in handlers and, by wait(next()), in middleware, beside its async ones', async () => {
    const app = new Hono();
    const seen: string[] = [];
    app.use(async (_c, next) => {
      await next();
    });
    app.use(((_c: unknown, next: () => Promise<void>) => {
      seen.push(wait(later('before')));
      wait(next());
      seen.push(wait(later('after')));
    }) as never);
    app.get('/hello/:name', (c) => c.text(wait(later(`hello ${c.req.param('name')}`))));
    app.post('/echo', (c) => c.json(wait(c.req.json())));
    app.get('/fails', () => {
      wait(later(0));
      throw new Error('after a wait');
    });
    app.onError((error, c) => c.text(error.message, 418));
    const url = await serve(inPool((request) => app.fetch(request)));
    expect((await call(`${url}/hello/world`)).body).toBe('hello world');
    expect(seen).toEqual(['before', 'after']);
    expect((await postJson(`${url}/echo`, { a: 1 })).body).toBe('{"a":1}');
    const failed = await call(`${url}/fails`);
    expect([failed.status, failed.body]).toEqual([418, 'after a wait']);
    expect((await call(`${url}/nowhere`)).status).toBe(404);
  });
});
