// WSGI- and Rack-shaped handlers, `(environ) => { status, headers, body }`, in a pool.

import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';

import { inContext, wait } from '../../src/index.ts';
import { type RunInPoolOptions, runInPool, type WsgiEnviron, type WsgiResult } from '../../src/middleware/index.ts';
import { later } from '../support/turns.ts';
import { call, closeServers, gate, open, received, serve, sleep, until } from './legacy-servers.ts';

afterEach(closeServers);

type Wsgi = (environ: WsgiEnviron) => WsgiResult;

const inPool = (app: Wsgi, options: RunInPoolOptions = {}): ReturnType<typeof make> => make(app, options);
const make = (app: Wsgi, options: RunInPoolOptions) => runInPool(app, { ...options, kind: 'wsgi' });

describe('environ', () => {
  it('has the keys of PEP 3333', async () => {
    const seen: WsgiEnviron[] = [];
    const url = await serve(
      inPool((environ) => {
        seen.push(environ);
        return { status: 200 };
      }),
    );
    const headers = {
      'content-type': 'text/plain',
      'x-real-ip': '1.2.3.4',
      x_real_ip: '6.6.6.6',
      cookie: ['a=1', 'b=2'],
    };
    await call(`${url}/sm%C3%B8r/%zz?a=%20`, { method: 'POST', headers }, 'abc');
    await call(`${url}/sm%C3%B8r?`);
    expect(seen[0]).toMatchObject({
      REQUEST_METHOD: 'POST',
      SCRIPT_NAME: '',
      PATH_INFO: '/sm%C3%B8r/%zz',
      QUERY_STRING: 'a=%20',
      CONTENT_TYPE: 'text/plain',
      SERVER_NAME: '127.0.0.1',
      SERVER_PORT: new URL(url).port,
      SERVER_PROTOCOL: 'HTTP/1.1',
      REMOTE_ADDR: '127.0.0.1',
      HTTP_X_REAL_IP: '1.2.3.4',
      HTTP_COOKIE: 'a=1; b=2',
      HTTP_HOST: new URL(url).host,
      'wsgi.url_scheme': 'http',
      'wsgi.errors': process.stderr,
    });
    expect(seen[1]).toMatchObject({ PATH_INFO: '/smør', QUERY_STRING: '' });
    expect(seen[1]).not.toHaveProperty('CONTENT_TYPE');
    expect(seen[0]).not.toHaveProperty('HTTP_CONTENT_TYPE');
  });

  it('gives the body by wsgi.input, as it comes', async () => {
    const url = await serve(
      inPool((environ) => ({ status: 200, body: [...environ['wsgi.input'].lines()].map((line) => `${line};`) })),
    );
    const socket = await open(url, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 8\r\n\r\none\nt');
    await sleep(5);
    socket.write('wo\n');
    await received(socket, /one;[\s\S]*two;/); // Node 26 sends both in one chunk
  });

  it('tells a mounted handler its prefix', async () => {
    const app = express();
    app.use(
      '/shop',
      inPool(({ SCRIPT_NAME, PATH_INFO }) => ({ status: 200, body: `${SCRIPT_NAME}|${PATH_INFO}` })),
    );
    expect((await call(`${await serve(app)}/shop/cart`)).body).toBe('/shop|/cart');
  });
});

describe('the result', () => {
  it.each<[string, WsgiResult, string]>([
    ['a string', { status: 200, body: 'text' }, 'text'],
    ['bytes', { status: 200, body: Buffer.from('bytes') }, 'bytes'],
    ['an array', { status: 200, body: ['a', Buffer.from('b')] }, 'ab'],
    ['a Set', { status: 200, body: new Set(['a', 'b']) }, 'ab'],
    ['nothing', { status: 200 }, ''],
    ['null', { status: 200, body: null }, ''],
  ])('may have as its body %s', async (_what, result, expected) => {
    expect((await call(await serve(inPool(() => result)))).body).toBe(expected);
  });

  it('has a status line, and headers as an object or as pairs', async () => {
    const url = await serve(
      inPool(({ PATH_INFO }) => ({
        status: '404 Gone Fishing',
        headers:
          PATH_INFO === '/pairs'
            ? [
                ['Set-Cookie', 'a=1'],
                ['Set-Cookie', 'b=2'],
                ['X-N', 1],
              ]
            : { 'Set-Cookie': ['a=1', 'b=2'], 'X-N': 1 },
      })),
    );
    for (const path of ['/pairs', '/object']) {
      const answer = await call(url + path);
      expect([answer.status, answer.headers['set-cookie'], answer.headers['x-n']]).toEqual([404, ['a=1', 'b=2'], '1']);
    }
    const socket = await open(url, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await received(socket, /^HTTP\/1.1 404 Gone Fishing\r\n/);
  });

  it.each<[string, unknown]>([
    ['no object', 'text'],
    ['no status', {}],
    ['status 42', { status: 42 }],
    ['status "OK"', { status: 'OK' }],
    ['headers 1', { status: 200, headers: 1 }],
    ['header undefined', { status: 200, headers: { a: undefined } }],
    ['body 1', { status: 200, body: 1 }],
    ['body of numbers', { status: 200, body: [1] }],
    ['bad header', { status: 200, headers: { a: 'b\nc' } }],
  ])('that is bad, with %s, is answered 500 and told to onError', async (_what, result) => {
    const errors: { code: string }[] = [];
    const url = await serve(
      inPool(() => result as WsgiResult, { onError: (error) => errors.push(error as { code: string }) }),
    );
    const answer = await call(url);
    expect([answer.status, answer.body]).toEqual([500, 'Internal Server Error\n']);
    expect(errors.map(({ code }) => code)).toEqual([
      expect.stringMatching(/^(GREEN_ERR_RESPONSE_INVALID|GREEN_ERR_CHUNK_INVALID|ERR_INVALID_CHAR)$/),
    ]);
  });
});

describe('a body that is generated', () => {
  it('waits, in a context, at each step', async () => {
    function* chunks(): Generator<string> {
      for (const n of [1, 2, 3]) yield wait(later(`${n} ${inContext()};`));
    }
    const listener = inPool(() => ({ status: 200, body: chunks() }));
    expect((await call(await serve(listener))).body).toBe('1 true;2 true;3 true;');
  });

  it('that fails before its first chunk is answered 500; later, the connection closes', async () => {
    const errors: unknown[] = [];
    function* chunks(before: boolean): Generator<string> {
      if (!before) yield 'half';
      wait(later(0));
      throw new Error('generated');
    }
    const url = await serve(
      inPool(
        ({ PATH_INFO }) => ({ status: 200, headers: { 'content-length': '9' }, body: chunks(PATH_INFO === '/early') }),
        {
          onError: (error) => errors.push((error as Error).message),
        },
      ),
    );
    expect((await call(`${url}/early`)).status).toBe(500);
    await expect(call(`${url}/late`)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await until(() => errors.length === 2);
    expect(errors).toEqual(['generated', 'generated']);
  });

  it('holds no worker while the client does not read, and is closed, in a context, when it goes', async () => {
    let made = 0;
    const ends: string[] = [];
    function* chunks(): Generator<Uint8Array> {
      try {
        for (;;) {
          made++;
          wait(later(0));
          yield Buffer.alloc(65_536);
        }
      } finally {
        ends.push(wait(later(`finally ${inContext()}`)));
      }
    }
    const listener = inPool(() => {
      const body = Object.assign(chunks(), { close: () => ends.push(wait(later(`close() ${inContext()}`))) });
      return { status: 200, body };
    });
    const url = await serve(listener);
    const socket = await open(url, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    socket.pause();
    await until(() => made > 10);
    for (let before = 0; before < made; await sleep(50)) before = made; // it stalls when the buffers are full
    expect(listener.pool.stats.active).toBe(0);
    socket.destroy();
    await until(() => ends.length === 2);
    expect(ends).toEqual(['finally true', 'close() true']);
  });

  it('is closed once, also at its end, and for HEAD without being run', async () => {
    const closed: string[] = [];
    const url = await serve(
      inPool(({ REQUEST_METHOD }) => ({
        status: 200,
        body: Object.assign(['a', 'b'], { close: () => closed.push(REQUEST_METHOD) }),
      })),
    );
    expect((await call(url)).body).toBe('ab');
    await call(url, { method: 'HEAD' });
    expect(closed).toEqual(['GET', 'HEAD']);
  });
});

describe('overload and time', () => {
  it('is as for any other handler', async () => {
    const { opened, open: release } = gate();
    const handler = () => {
      wait(opened);
      return { status: 200 };
    };
    const listener = inPool(handler, { maxWorkers: 1, maxQueue: 0, retryAfter: 9 });
    const url = await serve(listener);
    const served = call(url);
    await until(() => listener.pool.stats.active === 1);
    const refused = await call(url);
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '9']);
    expect((await call(await serve(inPool(handler, { timeout: 40, timeoutStatus: 504 })))).status).toBe(504);
    release();
    expect((await served).status).toBe(200);
  });
});
