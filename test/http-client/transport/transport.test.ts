import { createRequire } from 'node:module';
import fastify from 'fastify';
import type { Dispatcher, MockAgent } from 'undici';
import { describe, expect, it } from 'vitest';

import { deferred, startServer, unusedPort } from '../servers.ts';
import { startProxy } from './proxies.ts';
import { newTransport, send } from './send.ts';

// Of undici, single modules: its main entry would take over this process's fetch().
const require = createRequire(import.meta.url);

describe('Transport', () => {
  it('answers with the same dispatcher for an origin', () => {
    const transport = newTransport({ proxy: false });
    const first = transport.dispatcherFor('http://a.example', '/');
    expect(transport.dispatcherFor('http://a.example', '/b?c')).toBe(first);
  });

  it('says how connections are used', async () => {
    const [arrived, finish] = [deferred(), deferred()];
    const server = await startServer(async (_request, response) => {
      arrived.resolve();
      await finish.promise;
      response.end();
    });
    const transport = newTransport({ connections: 1 });
    expect(transport.stats()).toEqual({
      connectionsMade: 0,
      connected: 0,
      free: 0,
      running: 0,
      pending: 0,
      queued: 0,
      origins: {},
    });
    const sent = [send(transport, server.url), send(transport, server.url)];
    await arrived.promise;
    const use = { connected: 1, free: 0, running: 1, pending: 1, queued: 0 };
    expect(transport.stats()).toEqual({ connectionsMade: 1, ...use, origins: { [server.url]: use } });
    finish.resolve();
    await Promise.all(sent);
    expect(transport.stats()).toMatchObject({ connected: 1, free: 1, running: 0, pending: 0 });
  });

  it('counts the requests that wait for a connection', async () => {
    const [arrived, finish] = [deferred(), deferred()];
    let requests = 0;
    const server = await startServer(async (_request, response) => {
      if (++requests === 2) arrived.resolve();
      await finish.promise;
      response.end();
    });
    const transport = newTransport({ connections: 2 });
    const sent = Array.from({ length: 5 }, () => send(transport, server.url));
    await arrived.promise;
    expect(transport.stats()).toMatchObject({ connected: 2, running: 2, pending: 3 });
    finish.resolve();
    await Promise.all(sent);
  });

  it('closes when its requests have ended, and refuses further ones', async () => {
    const [arrived, finish] = [deferred(), deferred()];
    const server = await startServer(async (_request, response) => {
      arrived.resolve();
      await finish.promise;
      response.end('late');
    });
    const transport = newTransport();
    const sent = send(transport, server.url);
    await arrived.promise;
    const closed = transport.close();
    expect(transport.close()).toBe(closed);
    await expect(send(transport, server.url)).rejects.toMatchObject({ code: 'UND_ERR_CLOSED' });
    await expect(send(transport, 'http://a.example')).rejects.toMatchObject({ code: /UND_ERR_(CLOSED|DESTROYED)/ });
    finish.resolve();
    expect((await sent).body).toBe('late');
    await closed;
  });

  it('ends requests on their way when it is destroyed', async () => {
    const arrived = deferred();
    const server = await startServer(() => arrived.resolve());
    const transport = newTransport();
    const sent = send(transport, server.url);
    sent.catch(() => {});
    await arrived.promise;
    await transport.destroy();
    await expect(sent).rejects.toMatchObject({ code: 'UND_ERR_DESTROYED' });
    await transport.close();
  });

  it('keeps the connections of requests that say the same, and bounds how many ways it keeps', async () => {
    const server = await startServer((_request, response) => response.end());
    const transport = newTransport({ connections: 1 });
    const route = { tls: { servername: 'a.example' } };
    await send(transport, server.url, { route });
    await send(transport, server.url, { route: structuredClone(route) });
    expect(server.connections).toBe(1);
    for (let at = 0; at < 40; at++) {
      await send(transport, server.url, { route: { tls: { servername: `a${at}.example` } } });
    }
    expect(Object.values(transport.stats().origins)[0]?.connected).toBeLessThanOrEqual(32);
    expect((await send(transport, server.url, { route })).status).toBe(200);
    expect(server.connections).toBe(42);
  });
});

describe('mounts', () => {
  const named = (name: string) => {
    const app = fastify();
    app.get('*', async (request) => `${name} ${request.url}`);
    return app;
  };

  it('take the requests under their prefix, the longest first, on boundaries of path parts', async () => {
    const transport = newTransport({
      app: named('default'),
      mounts: {
        'http://': named('http'),
        'http://a.example': named('a'),
        'http://a.example/v1/': named('v1'),
        'http://a.example/v1/deep': named('deep'),
      },
    });
    const at = async (url: string) => (await send(transport, url)).body;
    expect(await at('https://a.example/v1')).toBe('default /v1');
    expect(await at('http://b.example/v1')).toBe('http /v1');
    expect(await at('http://a.example/v10')).toBe('a /v10');
    expect(await at('http://a.example/v1')).toBe('v1 /v1');
    expect(await at('http://a.example/v1?x')).toBe('v1 /v1?x');
    expect(await at('http://a.example/v1/deep/er')).toBe('deep /v1/deep/er');
    expect(await at('http://a.example:81/')).toBe('http /');
  });

  it('can be added, and replaced, at any time', async () => {
    const server = await startServer((_request, response) => response.end('server'));
    const transport = newTransport();
    expect((await send(transport, server.url)).body).toBe('server');
    transport.mount(server.url, named('one'));
    expect((await send(transport, server.url)).body).toBe('one /');
    transport.mount(`${server.url}/`, named('two'));
    expect((await send(transport, server.url)).body).toBe('two /');
    expect(() => transport.mount('nowhere', named('x'))).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }),
    );
  });

  it('can be options over those of the client', async () => {
    const server = await startServer((_request, response) => response.end('server'));
    const proxy = await startProxy();
    const transport = newTransport({
      proxy: `http://${proxy.authority}`,
      connections: 1,
      mounts: { [`${server.url}/direct`]: { proxy: false } },
    });
    await send(transport, `${server.url}/direct`);
    expect(proxy.asked).toEqual([]);
    await send(transport, server.url);
    expect(proxy.asked).toEqual([`GET ${server.url}/`]);
    expect(transport.connectionsMade).toBe(2);
    expect(transport.stats()).toMatchObject({ connectionsMade: 2, connected: 2 });
    expect(Object.keys(transport.stats().origins).sort()).toEqual([server.url, `http://${proxy.authority}`].sort());
    await transport.close();
    await expect(send(transport, `${server.url}/direct`)).rejects.toMatchObject({ code: 'UND_ERR_DESTROYED' });
  });
});

describe('the dispatcher of the caller', () => {
  it('may be a MockAgent', async () => {
    const Mock = require('undici/lib/mock/mock-agent.js') as typeof MockAgent;
    const mock = new Mock();
    mock.disableNetConnect();
    mock
      .get('http://a.example')
      .intercept({ path: '/x', method: 'POST', body: 'b' })
      .reply(201, 'mocked', { headers: { 'x-a': '1' } });
    const transport = newTransport({ dispatcher: mock });
    const answer = await send(transport, 'http://a.example/x', { method: 'POST', body: 'b' });
    expect(answer).toMatchObject({ status: 201, body: 'mocked', headers: { 'x-a': '1' } });
    await transport.close();
    mock.get('http://a.example').intercept({ path: '/' }).reply(200, 'still open');
    expect((await send(newTransport({ dispatcher: mock }), 'http://a.example')).body).toBe('still open');
    await mock.close();
  });

  it('is refused with a reason if it is of undici 6 or older', async () => {
    await fetch(`http://127.0.0.1:${await unusedPort()}`).catch(() => {});
    const builtin = (globalThis as Record<symbol, unknown>)[Symbol.for('undici.globalDispatcher.1')];
    const isOld = Number.parseInt(process.versions['undici'] ?? '', 10) < 7;
    const server = await startServer((_request, response) => response.end('ok'));
    const transport = newTransport({ dispatcher: builtin as Dispatcher });
    const sent = send(transport, server.url);
    if (isOld) {
      await expect(sent).rejects.toMatchObject({
        code: 'GREEN_ERR_OPT_INVALID',
        message: "dispatcher must be a Dispatcher of undici 7 or newer; it is an older version's.",
      });
    } else {
      expect((await sent).body).toBe('ok');
    }
  });

  it('takes no route of a single request', () => {
    const transport = newTransport({ dispatcher: { dispatch: () => true } as unknown as Dispatcher });
    expect(() => transport.dispatcherFor('http://a.example', '/', { proxy: false })).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }),
    );
  });
});

describe('interceptors', () => {
  it('lie around every request, the last one outermost', async () => {
    const order: string[] = [];
    const named =
      (name: string): Dispatcher.DispatcherComposeInterceptor =>
      (dispatch) =>
      (options, handler) => {
        order.push(name);
        return dispatch(options, handler);
      };
    const server = await startServer((_request, response) => response.end());
    await send(newTransport({ interceptors: [named('inner'), named('outer')] }), server.url);
    expect(order).toEqual(['outer', 'inner']);
  });

  it('of the cache answer without the server, but not for a request with a route of its own', async () => {
    const server = await startServer((_request, response) =>
      response.setHeader('cache-control', 'max-age=60').end('x'),
    );
    const transport = newTransport({ cache: true });
    await send(transport, server.url);
    expect((await send(transport, server.url)).body).toBe('x');
    expect(server.requests).toBe(1);
    await send(transport, server.url, { route: { tls: {} } });
    expect(server.requests).toBe(2);
  });

  it('of the cache leave a request for a range, or with a condition, to the server', async () => {
    const server = await startServer((_request, response) =>
      response.setHeader('cache-control', 'max-age=60').setHeader('etag', '"e"').end('x'),
    );
    const transport = newTransport({ cache: true });
    const asIs = (headers: string[]) => send(transport, server.url, { headers });
    await asIs([]);
    await asIs(['Range', 'bytes=0-1']);
    await asIs(['if-none-match', '"e"']);
    expect(server.requests).toBe(3);
    await asIs(['range-of-colours', 'all']);
    expect(server.requests).toBe(3);
    await send(transport, server.url, { method: 'PUT', headers: ['if-match', '"e"'] });
    await asIs([]); // was replaced
    expect(server.requests).toBe(5);
  });

  it('of the cache answer by themselves if nothing else is wanted', async () => {
    const server = await startServer((_request, response) =>
      response.setHeader('cache-control', 'max-age=60').end('x'),
    );
    const transport = newTransport({ cache: true });
    const headers = ['Cache-Control', 'only-if-cached'];
    expect(await send(transport, server.url, { headers })).toMatchObject({ status: 504, body: '' });
    await send(transport, server.url);
    expect(await send(transport, server.url, { headers })).toMatchObject({ status: 200, body: 'x' });
    expect(server.requests).toBe(1);
  });

  it('of the cache see a forwarded request as it was', async () => {
    const server = await startServer((_request, response) =>
      response.setHeader('cache-control', 'max-age=60').end('x'),
    );
    const proxy = await startProxy();
    const transport = newTransport({ cache: true, proxy: `http://${proxy.authority}` });
    for (let at = 0; at < 2; at++) expect((await send(transport, `${server.url}/a`)).body).toBe('x');
    expect(server.requests).toBe(1);
  });

  it('of DNS look a name up once, and no address', async () => {
    const server = await startServer((request, response) => response.end(request.headers.host));
    let lookups = 0;
    const transport = newTransport({
      dns: {
        lookup: (_origin, _options, callback) => {
          lookups++;
          callback(null, [{ address: '127.0.0.1', ttl: 60_000, family: 4 }]);
        },
      },
    });
    const url = server.url.replace('127.0.0.1', 'service.test');
    for (let at = 0; at < 2; at++) expect((await send(transport, url)).body).toBe(new URL(url).host);
    expect(lookups).toBe(1);
    expect((await send(transport, server.url)).status).toBe(200);
    await expect(send(transport, `http://[::1]:${await unusedPort()}`)).rejects.toMatchObject({
      code: expect.not.stringMatching('ENOTFOUND'),
    });
    expect(lookups).toBe(1);
  });
});
