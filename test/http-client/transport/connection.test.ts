import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { transportErrorOf } from '../../../src/http-client/transport/transport-error.ts';
import {
  resolveTransportOptions,
  type TransportOptions,
} from '../../../src/http-client/transport/transport-options.ts';
import { deferred, startServer } from '../servers.ts';
import { ca, cert, clientCert, clientKey, key } from '../tls.ts';
import { newTransport, send, startTlsServer } from './send.ts';

describe('TLS', () => {
  it('trusts nobody but whom Node does, or `ca` names', async () => {
    const server = await startTlsServer((_request, response) => response.end('ok'));
    const error = await send(newTransport(), server.url).catch((cause: unknown) => cause);
    expect(transportErrorOf(error, 'connect')).toEqual({ kind: 'tls' });
    for (const trusted of [ca, Buffer.from(ca), [ca]]) {
      expect((await send(newTransport({ tls: { ca: trusted } }), server.url)).body).toBe('ok');
    }
  });

  it('trusts anybody with verify: false', async () => {
    const server = await startTlsServer((_request, response) => response.end('ok'));
    expect((await send(newTransport({ tls: { verify: false } }), server.url)).body).toBe('ok');
  });

  it('wants the name of the URL in the certificate, or `servername`', async () => {
    const server = await startTlsServer((request, response) => {
      response.end(String((request.socket as TLSSocket).servername));
    });
    expect((await send(newTransport({ tls: { ca } }), server.url)).body).toBe('localhost');
    const byAddress = server.url.replace('localhost', '127.0.0.1');
    expect((await send(newTransport({ tls: { ca } }), byAddress)).body).toBe('false');
    expect((await send(newTransport({ tls: { ca, servername: 'localhost' } }), byAddress)).body).toBe('localhost');
    const wrong = newTransport({ tls: { ca, servername: 'other.example' } });
    const error = await send(wrong, server.url).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(transportErrorOf(error, 'connect')).toEqual({ kind: 'tls' });
  });

  it('shows a client certificate', async () => {
    const server = await startTlsServer(
      (request, response) => response.end((request.socket as TLSSocket).getPeerCertificate().subject.CN),
      { ca, requestCert: true, rejectUnauthorized: true },
    );
    const tls = { ca, cert: clientCert, key: clientKey };
    expect((await send(newTransport({ tls }), server.url)).body).toBe('greenroom test client');
    await expect(send(newTransport({ tls: { ca } }), server.url)).rejects.toThrow();
  });

  it('can be otherwise for one request, on connections of its own', async () => {
    const server = await startTlsServer(
      (request, response) => {
        response.end((request.socket as TLSSocket).getPeerCertificate().subject?.CN ?? 'nobody');
      },
      { ca, requestCert: true, rejectUnauthorized: false },
    );
    const transport = newTransport({ tls: { ca } });
    const route = { tls: { cert: clientCert, key: clientKey } };
    expect((await send(transport, server.url)).body).toBe('nobody');
    expect((await send(transport, server.url, { route })).body).toBe('greenroom test client');
    expect((await send(transport, server.url)).body).toBe('nobody');
  });

  it('keeps to the versions of the options', async () => {
    const server = await startTlsServer((request, response) => {
      response.end((request.socket as TLSSocket).getProtocol());
    });
    const old = newTransport({ tls: { ca, maxVersion: 'TLSv1.2' } });
    expect((await send(old, server.url)).body).toBe('TLSv1.2');
  });

  it('is told from a server that does not speak it', async () => {
    const server = await startServer((_request, response) => response.end());
    const sent = send(newTransport(), server.url.replace('http:', 'https:'));
    expect(transportErrorOf(await sent.catch((cause: unknown) => cause), 'connect')).toEqual({ kind: 'tls' });
  });

  it('shows its secrets in no inspection and no message', async () => {
    const options = { tls: { ca, cert: clientCert, key: clientKey, passphrase: 'hunter2' } };
    const server = await startTlsServer((_request, response) => response.end());
    const transport = newTransport(options);
    await send(transport, server.url);
    const dispatcher = transport.dispatcherFor(server.url, '/');
    const shown = inspect([transport, dispatcher, resolveTransportOptions(options)], { depth: 20, showHidden: true });
    expect(shown).not.toMatch(/hunter2|PRIVATE KEY/);
  });
});

describe('a unix socket', () => {
  it('is connected to, whatever the URL says', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'greenroom-'));
    const socketPath = join(folder, 's');
    const server = createServer((request, response) => response.end(request.headers.host));
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    onTestFinished(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    });
    expect((await send(newTransport({ socketPath }), 'http://service.test/')).body).toBe('service.test');
    const route = { socketPath };
    expect((await send(newTransport(), 'http://service.test/', { route })).body).toBe('service.test');
  });
});

describe('HTTP/2', () => {
  it('is spoken if it is asked for, many requests on one connection', async () => {
    const arrived = deferred();
    let [connections, requests] = [0, 0];
    const server = createSecureServer({ cert, key, allowHTTP1: true }, async (request, response) => {
      if (++requests === 4) arrived.resolve();
      if (request.url === '/together') await arrived.promise;
      response.end(request.httpVersion);
    });
    server.on('secureConnection', () => connections++);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    const transport = newTransport({ tls: { ca }, http2: true });
    expect((await send(transport, url)).body).toBe('2.0');
    const together = [1, 2, 3].map(() => send(transport, `${url}/together`));
    expect((await Promise.all(together)).map(({ body }) => body)).toEqual(['2.0', '2.0', '2.0']);
    expect(connections).toBe(1);
    expect((await send(newTransport({ tls: { ca } }), url)).body).toBe('1.1');
    expect((await send(newTransport({ tls: { ca } }), url, { route: { http2: true } })).body).toBe('2.0');
    await transport.close();
    server.close();
  });

  it('is not spoken with a server that has only HTTP/1.1', async () => {
    const server = await startTlsServer((request, response) => response.end(request.httpVersion));
    const transport = newTransport({ tls: { ca }, http2: true, connections: 1 });
    const bodies = await Promise.all([1, 2].map(() => send(transport, server.url)));
    expect(bodies.map(({ body }) => body)).toEqual(['1.1', '1.1']);
  });
});

describe('sockets', () => {
  it('are bound to a local address', async () => {
    const server = await startServer((request, response) => response.end(request.socket.remoteAddress));
    expect((await send(newTransport({ localAddress: '127.0.0.2' }), server.url)).body).toBe('127.0.0.2');
  });

  it('are as many as `connections` allows', async () => {
    const server = await startServer((_request, response) => response.end());
    const transport = newTransport({ connections: 2 });
    await Promise.all(Array.from({ length: 8 }, () => send(transport, server.url)));
    expect(server.connections).toBe(2);
    expect(transport.connectionsMade).toBe(2);
  });

  it('are given up after the limit on connecting', async () => {
    const server = createSocketServer(() => {}); // never answers the TLS handshake
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const error = await send(newTransport({}, 30), `https://127.0.0.1:${port}`).catch((cause: unknown) => cause);
    expect(transportErrorOf(error, 'connect')).toEqual({ kind: 'connect-timeout' });
    server.close();
  });

  it('are used again, which connectionsMade tells', async () => {
    const server = await startServer((_request, response) => response.end());
    const transport = newTransport({ connections: 1 });
    expect(transport.connectionsMade).toBe(0);
    await send(transport, server.url);
    await send(transport, server.url);
    expect(transport.connectionsMade).toBe(1);
  });

  it('refuse headers over maxHeaderBytes', async () => {
    const server = await startServer((_request, response) => response.setHeader('x-a', 'a'.repeat(2000)).end());
    const error = await send(newTransport({ maxHeaderBytes: 1000 }), server.url).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'UND_ERR_HEADERS_OVERFLOW' });
  });
});

describe('options', () => {
  it.each([
    { tls: 7 },
    { tls: { ca: 'ca.pem' } },
    { tls: { ca: Buffer.from('x') } },
    { tls: { rejectUnauthorized: false } },
    { tls: { verify: 'no' } },
    { tls: { cert: clientCert, key } },
    { tls: { minVersion: 'TLS1.2' } },
    { tls: { pfx: Buffer.from('x'), passphrase: 'hunter2' } },
    { tls: { passphrase: 7 } },
    { socketPath: '' },
    { socketPath: '/x', proxy: 'http://a.example' },
    { http2: 1 },
    { localAddress: 'localhost' },
    { family: 5 },
    { autoSelectFamilyAttemptTimeout: 1 },
    { connections: 0 },
    { connections: Number.POSITIVE_INFINITY },
    { keepAliveTimeout: 0 },
    { maxHeaderBytes: 1.5 },
    { dns: { maxTTL: -1 } },
    { dns: 1 },
    { cache: { store: {} } },
    { interceptors: 7 },
    { interceptors: [7] },
    { dispatcher: {} },
    { app: {} },
    { app: { inject: () => Promise.reject() }, http2: true },
    { mounts: 7 },
    { mounts: { 'ftp://a.example': { http2: true } } },
    { mounts: { 'http://a:b@a.example': { http2: true } } },
    { mounts: { 'http://a.example': { http3: true } } },
    { mounts: { 'http://a.example': 7 } },
    { mounts: { 'http://a.example': { tls: 7 } } },
  ] as unknown as TransportOptions[])('refuse %j', (options) => {
    const resolve = (): unknown => resolveTransportOptions(options);
    expect(resolve).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
    expect(resolve).not.toThrow(/hunter2|BEGIN/);
  });

  it('of a request are checked too', () => {
    const transport = newTransport();
    for (const route of [{ http2: 7 }, { tls: { ca: 'x' } }, { proxy: 'x:y:z' }, { agent: 7 }]) {
      expect(() => transport.dispatcherFor('http://a.example', '/', route as object)).toThrow(
        expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }),
      );
    }
  });
});
