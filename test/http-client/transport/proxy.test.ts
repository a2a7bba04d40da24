import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';

import { transportErrorOf } from '../../../src/http-client/transport/transport-error.ts';
import { deferred, readAll, startFaultServer, startServer, unusedPort } from '../servers.ts';
import { ca } from '../tls.ts';
import { startProxy, startSocksProxy } from './proxies.ts';
import { newTransport, send, startTlsServer } from './send.ts';

const VARIABLES = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]);

function environment(variables: Record<string, string>): void {
  for (const name of [...VARIABLES, 'REQUEST_METHOD']) vi.stubEnv(name, variables[name]);
}

// undici's own SOCKS agent would warn that it is experimental, and Node of an IP address as a TLS server name.
const warned = vi.fn();
process.on('warning', warned);

afterEach(() => {
  vi.unstubAllEnvs();
});

afterAll(() => {
  process.off('warning', warned);
  expect(warned).not.toHaveBeenCalled();
});

async function failureOf(sent: Promise<unknown>): Promise<unknown> {
  return await sent.then(
    () => expect.unreachable('It was answered'),
    (error: unknown) => error,
  );
}

describe('a request through an HTTP proxy', () => {
  it('asks the proxy itself for an http: URL, in absolute form', async () => {
    const server = await startServer(async (request, response) => {
      response.end(`${request.method} ${request.headers.host} ${await readAll(request)}`);
    });
    const proxy = await startProxy();
    const transport = newTransport({ proxy: `http://${proxy.authority}` });
    const url = `${server.url.replace('127.0.0.1', 'service.test')}/a?b=c`;
    const answer = await send(transport, url, { method: 'POST', headers: ['x-a', '1'], body: 'hello' });
    expect(answer.body).toBe(`POST ${new URL(url).host} hello`);
    expect(proxy.asked).toEqual([`POST ${url}`]);
    expect(proxy.headers[0]).toMatchObject({ 'x-a': '1', host: new URL(url).host });
  });

  it('keeps a host header of the caller', async () => {
    const server = await startServer((request, response) => response.end(request.headers.host));
    const proxy = await startProxy();
    const transport = newTransport({ proxy: `http://${proxy.authority}` });
    expect((await send(transport, server.url, { headers: { Host: 'other.test' } })).body).toBe('other.test');
  });

  it('asks for a tunnel to an https: server', async () => {
    const server = await startTlsServer((_request, response) => response.end('secret'));
    const proxy = await startProxy();
    const transport = newTransport({ proxy: `http://${proxy.authority}`, tls: { ca } });
    expect((await send(transport, server.url)).body).toBe('secret');
    expect((await send(transport, server.url)).body).toBe('secret');
    expect(proxy.asked[0]).toBe(`CONNECT ${new URL(server.url).host}`);
  });

  it('speaks TLS to an https: proxy, for either scheme, and shows it no client certificate', async () => {
    const plain = await startServer((_request, response) => response.end('plain'));
    const secure = await startTlsServer((_request, response) => response.end('secure'));
    const proxy = await startProxy({ tls: true });
    const transport = newTransport({ proxy: `https://${proxy.authority}`, tls: { ca } });
    expect((await send(transport, plain.url)).body).toBe('plain');
    expect((await send(transport, secure.url)).body).toBe('secure');
    expect(proxy.asked).toEqual([`GET ${plain.url}/`, `CONNECT ${new URL(secure.url).host}`]);
  });

  it('checks the certificate of an https: proxy, by options of its own if there are any', async () => {
    const server = await startServer((_request, response) => response.end());
    const proxy = await startProxy({ tls: true });
    const https = `https://${proxy.authority}`;
    const untrusted = await failureOf(send(newTransport({ proxy: https }), server.url));
    expect(transportErrorOf(untrusted, 'connect')).toEqual({ kind: 'proxy', status: null });
    const own = newTransport({ proxy: { http: https, tls: { ca } } });
    expect((await send(own, server.url)).status).toBe(200);
  });

  it('sends user name and password to the proxy, and to nobody else', async () => {
    const seen: unknown[] = [];
    const server = await startServer((request, response) => response.end(seen.push(request.headers) && ''));
    const secure = await startTlsServer((request, response) => response.end(seen.push(request.headers) && ''));
    const proxy = await startProxy({ auth: 'us@r:pa:ss' });
    const transport = newTransport({ proxy: `http://us%40r:pa:ss@${proxy.authority}`, tls: { ca } });
    expect((await send(transport, server.url)).status).toBe(200);
    expect((await send(transport, secure.url)).status).toBe(200);
    expect(proxy.headers.every((headers) => headers['proxy-authorization'] !== undefined)).toBe(true);
    expect(seen).toHaveLength(2);
    expect(JSON.stringify(seen)).not.toContain('proxy-authorization');
  });

  it('shows its user name and password in no inspection', async () => {
    const server = await startServer((_request, response) => response.end());
    const proxy = await startProxy();
    const transport = newTransport({ proxy: { http: `http://bob:hunter2@${proxy.authority}` } });
    await send(transport, server.url);
    const dispatcher = transport.dispatcherFor(server.url, '/');
    expect(inspect([transport, dispatcher], { depth: 20, showHidden: true })).not.toMatch(/hunter2|Basic /);
  });

  it('tells a refusal of a tunnel by its status; that of a forwarded request is its response', async () => {
    const server = await startServer((_request, response) => response.end());
    const secure = await startTlsServer((_request, response) => response.end());
    const proxy = await startProxy({ auth: 'a:b' });
    const transport = newTransport({ proxy: `http://a:wrong@${proxy.authority}`, tls: { ca } });
    const refused = await failureOf(send(transport, secure.url));
    expect(transportErrorOf(refused, 'connect')).toEqual({ kind: 'proxy', status: 407 });
    expect(await send(transport, server.url)).toMatchObject({ status: 407, body: 'who are you?' });
    const closed = await startProxy({ connectStatus: 503 });
    const error = await failureOf(send(newTransport({ proxy: `http://${closed.authority}` }), secure.url));
    expect(transportErrorOf(error, 'connect')).toEqual({ kind: 'proxy', status: 503 });
    expect(server.requests).toBe(0);
  });

  it('tells a proxy that cannot be reached from a server that cannot', async () => {
    const proxy = `http://127.0.0.1:${await unusedPort()}`;
    const transport = newTransport({ proxy });
    for (const url of ['http://service.test/', 'https://service.test/']) {
      const error = await failureOf(send(transport, url));
      expect(transportErrorOf(error, 'connect')).toEqual({ kind: 'proxy', status: null });
      expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    }
    const direct = await failureOf(send(newTransport(), `${proxy}/`));
    expect(transportErrorOf(direct, 'connect')).toBeNull();
  });

  it('tells a server behind the tunnel that cannot be trusted from the proxy', async () => {
    const server = await startTlsServer((_request, response) => response.end());
    const proxy = await startProxy();
    const error = await failureOf(send(newTransport({ proxy: `http://${proxy.authority}` }), server.url));
    expect(transportErrorOf(error, 'connect')).toEqual({ kind: 'tls' });
  });

  it('limits all steps of a connection together', async () => {
    const proxy = await startFaultServer(() => {}); // takes CONNECT, and never answers
    const transport = newTransport({ proxy: proxy.url }, 50);
    const error = await failureOf(send(transport, 'https://service.test/'));
    expect(transportErrorOf(error, 'connect')).toEqual({ kind: 'connect-timeout' });
  });

  it('fails when the proxy hangs up in the handshake', async () => {
    const proxy = await startFaultServer((socket) => socket.destroy());
    const error = await failureOf(send(newTransport({ proxy: proxy.url }), 'https://service.test/'));
    expect(transportErrorOf(error, 'connect')).toEqual({ kind: 'proxy', status: null });
  });
});

describe('a request through a SOCKS5 proxy', () => {
  it('has the proxy look names up with socks5h:', async () => {
    const server = await startServer((request, response) => response.end(request.headers.host));
    const proxy = await startSocksProxy();
    const transport = newTransport({ proxy: `socks5h://${proxy.authority}` });
    const url = server.url.replace('127.0.0.1', 'service.test');
    expect((await send(transport, url)).body).toBe(new URL(url).host);
    expect(proxy.asked).toEqual([`name ${new URL(url).host}`]);
  });

  it('looks names up itself with socks5:', async () => {
    const server = await startServer((_request, response) => response.end('ok'));
    const proxy = await startSocksProxy();
    const transport = newTransport({ proxy: `socks5://${proxy.authority}`, family: 4 });
    expect((await send(transport, server.url.replace('127.0.0.1', 'localhost'))).body).toBe('ok');
    expect(proxy.asked).toEqual([`ipv4 ${new URL(server.url).host}`]);
  });

  it('carries TLS, and authenticates', async () => {
    const server = await startTlsServer((_request, response) => response.end('secret'));
    const proxy = await startSocksProxy('user:pass');
    const transport = newTransport({ proxy: `socks5h://user:pass@${proxy.authority}`, tls: { ca } });
    expect((await send(transport, server.url)).body).toBe('secret');
    expect(proxy.asked).toEqual(['user:pass', `name ${new URL(server.url).host}`]);
  });

  it('tells each refusal of the proxy as such', async () => {
    const strict = await startSocksProxy('user:pass');
    const refusing = await startSocksProxy(undefined, 2);
    for (const url of [`user:wrong@${strict.authority}`, strict.authority, refusing.authority]) {
      const error = await failureOf(send(newTransport({ proxy: `socks5h://${url}` }), 'http://service.test/'));
      expect(transportErrorOf(error, 'connect')).toEqual({ kind: 'proxy', status: null });
      expect((error as { code: string }).code).toMatch(/^UND_ERR_SOCKS5/);
    }
  });
});

describe('the choice of a proxy', () => {
  it('goes by the scheme and the list of hosts', async () => {
    const server = await startServer((_request, response) => response.end('direct'));
    const proxy = await startProxy();
    const options = { http: `http://${proxy.authority}`, no: '127.0.0.0/8' };
    expect((await send(newTransport({ proxy: options }), server.url)).body).toBe('direct');
    expect(proxy.asked).toEqual([]);
    const byName = server.url.replace('127.0.0.1', 'service.test');
    expect((await send(newTransport({ proxy: options }), byName)).body).toBe('direct');
    expect(proxy.asked).toEqual([`GET ${byName}/`]);
    const onlyHttps = newTransport({ proxy: { https: `http://${proxy.authority}` } });
    expect((await send(onlyHttps, server.url)).body).toBe('direct');
    expect(proxy.asked).toHaveLength(1);
  });

  it.each([
    [{ HTTP_PROXY: 'P' }, true],
    [{ http_proxy: 'P' }, true],
    [{ http_proxy: 'P', HTTP_PROXY: 'http://127.0.0.1:1' }, true],
    [{ http_proxy: '', HTTP_PROXY: 'P' }, true],
    [{ all_proxy: 'P' }, true],
    [{ ALL_PROXY: 'http://P' }, true],
    [{ HTTP_PROXY: 'P', NO_PROXY: 'example.com' }, true],
    [{ HTTP_PROXY: 'P', NO_PROXY: '127.0.0.1' }, false],
    [{ HTTP_PROXY: 'P', no_proxy: '*', NO_PROXY: 'x' }, false],
    [{ HTTPS_PROXY: 'P' }, false],
    [{ HTTP_PROXY: 'P', REQUEST_METHOD: 'GET' }, false],
    [{ http_proxy: 'P', REQUEST_METHOD: 'GET' }, true],
  ] as [Record<string, string>, boolean][])('is read from the environment: %j', async (variables, isUsed) => {
    const server = await startServer((_request, response) => response.end());
    const proxy = await startProxy();
    const set = Object.entries(variables).map(([name, value]) => [name, value.replace('P', proxy.authority)]);
    environment({ ...variables, ...Object.fromEntries(set), ...keepMethod(variables) });
    await send(newTransport(), server.url);
    expect(proxy.asked).toHaveLength(isUsed ? 1 : 0);
  });

  it('is not read from the environment if the options say something', async () => {
    const server = await startServer((_request, response) => response.end());
    const proxy = await startProxy();
    environment({ HTTP_PROXY: `http://${proxy.authority}`, NO_PROXY: '127.0.0.1' });
    await send(newTransport({ proxy: false }), server.url);
    expect(proxy.asked).toHaveLength(0);
    await send(newTransport({ proxy: `http://${proxy.authority}` }), server.url);
    expect(proxy.asked).toHaveLength(1);
  });

  it('names a variable that it cannot use, and not its value', () => {
    environment({ HTTPS_PROXY: 'socks4://user:hunter2@a.example' });
    const transport = newTransport();
    const choose = (): unknown => transport.dispatcherFor('http://a.example', '/');
    expect(choose).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
    expect(choose).toThrow(/^The environment variable HTTPS_PROXY must be an http:[^@]*$/);
  });

  it('can be another for one request', async () => {
    const server = await startServer((_request, response) => response.end());
    const proxy = await startProxy();
    const transport = newTransport({ proxy: false });
    await send(transport, server.url, { route: { proxy: `http://${proxy.authority}` } });
    expect(proxy.asked).toHaveLength(1);
    await send(transport, server.url);
    expect(proxy.asked).toHaveLength(1);
    const proxied = newTransport({ proxy: `http://${proxy.authority}` });
    await send(proxied, server.url, { route: { proxy: false } });
    expect(proxy.asked).toHaveLength(1);
  });

  it.each([
    'ftp://a.example',
    'http://a.example/path',
    'http://%zz@a.example',
    'http://',
    7,
    { ftp: 'http://a.example' },
    { no: 'a/b' },
    { http: 7 },
  ])('refuses %j', (proxy) => {
    expect(() => newTransport({ proxy: proxy as string })).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }),
    );
  });
});

describe('a connection', () => {
  it('that a request gave up while it was made does no harm', async () => {
    const accepted = deferred();
    const server = createServer(() => accepted.resolve());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const transport = newTransport({ proxy: `http://127.0.0.1:${port}` });
    const sent = failureOf(send(transport, 'https://service.test/'));
    await accepted.promise;
    await transport.destroy();
    expect(await sent).toMatchObject({ code: 'UND_ERR_DESTROYED' });
    server.close();
  });
});

function keepMethod({ REQUEST_METHOD }: Record<string, string>): Record<string, string> {
  return REQUEST_METHOD === undefined ? {} : { REQUEST_METHOD };
}
