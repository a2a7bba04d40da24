// webSocket() of a client: which of the client's options hold for a handshake, and how.

import { createSecureServer } from 'node:http2';
import { describe, expect, it, onTestFinished } from 'vitest';

import { WaitOutsideContextError } from '../../../src/errors.ts';
import { HttpClient } from '../../../src/http-client/index.ts';
import type { GreenWebSocket } from '../../../src/http-client/websocket/green-websocket.ts';
import { type Ask, failureOf, inBothModes } from '../both-modes.ts';
import { startServer, unusedPort } from '../servers.ts';
import { ca, cert, key } from '../tls.ts';
import { startProxy } from '../transport/proxies.ts';
import { type Peer, startSocketServer } from './socket-server.ts';

describe('client.webSocket()', () => {
  inBothModes('sends the client’s headers and parameters', async (ask) => {
    const { url } = await startSocketServer(greet);
    const options = { baseUrl: url, headers: { 'x-name': 'anna' } };
    expect(await firstMessage(ask, '/', options)).toBe('hello anna');
    expect(await firstMessage(ask, url.replace('http:', 'ws:'), options)).toBe('hello anna');
  });

  inBothModes('has a forward proxy make a tunnel', async (ask) => {
    const { url } = await startSocketServer(greet);
    const proxy = await startProxy();
    expect(await firstMessage(ask, url, { proxy: `http://${proxy.authority}` })).toBe('hello you');
    expect(proxy.asked).toEqual([`CONNECT ${new URL(url).host}`]);
  });

  inBothModes('speaks HTTP/1.1 where HTTP/2 is offered', async (ask) => {
    const url = await startTlsSocketServer();
    expect(await firstMessage(ask, url, { http2: true, tls: { ca } })).toBe('hello you');
  });

  inBothModes('is not answered by the cache', async (ask) => {
    const server = await startServer((_request, response) => response.setHeader('cache-control', 'max-age=60').end());
    const refused = ask(
      (client) => {
        const got = client.get(server.url);
        return got instanceof Promise ? got.then(() => openAndReceive(client, '/')) : openAndReceive(client, '/');
      },
      { cache: true, baseUrl: server.url },
    );
    expect(await failureOf(refused)).toMatchObject({ code: 'GREEN_ERR_HTTP_WEBSOCKET_HANDSHAKE', status: 200 });
    expect(server.requests).toBe(2);
  });

  inBothModes('refuses bad input, and a client that is closed', async (ask) => {
    expect(await failureOf(firstMessage(ask, 'no url'))).toMatchObject({ code: 'GREEN_ERR_OPT_INVALID' });
    const { url } = await startSocketServer(greet);
    const closed = ask((client) => {
      void client.close();
      return openAndReceive(client, url);
    });
    expect(await failureOf(closed)).toMatchObject({ code: 'GREEN_ERR_HTTP_CLOSED' });
  });

  it('gives what it refuses as a rejection, or throws it in place', async () => {
    await expect(new HttpClient().webSocket('no url')).rejects.toMatchObject({ code: 'GREEN_ERR_OPT_INVALID' });
    expect(() => new HttpClient({ green: true }).webSocket('ws://127.0.0.1:9')).toThrow(WaitOutsideContextError);
  });

  inBothModes('tells a proxy, or a certificate, that is at fault', async (ask) => {
    const url = await startTlsSocketServer();
    expect(await failureOf(firstMessage(ask, url))).toMatchObject({ code: 'GREEN_ERR_HTTP_TLS' });
    const proxy = await startProxy({ auth: 'a:b' });
    const refused = failureOf(firstMessage(ask, url, { proxy: `http://${proxy.authority}` }));
    expect(await refused).toMatchObject({ code: 'GREEN_ERR_HTTP_PROXY', status: 407 });
    const gone = failureOf(firstMessage(ask, url, { proxy: `http://127.0.0.1:${await unusedPort()}` }));
    expect(await gone).toMatchObject({ code: 'GREEN_ERR_HTTP_PROXY', status: null });
  });
});

function greet(peer: Peer, headers: Record<string, string>): void {
  peer.send(`hello ${headers['x-name'] ?? 'you'}`);
}

/** Offers HTTP/2, too, but no WebSockets in it. */
async function startTlsSocketServer(): Promise<string> {
  const server = createSecureServer({ cert, key, allowHTTP1: true }, (_request, response) => response.end());
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  const { url } = await startSocketServer(greet, { server, port: undefined, host: undefined });
  return url.replace('http:', 'https:');
}

function firstMessage(ask: Ask, url: string, options?: Parameters<Ask>[1]): Promise<unknown> {
  return ask<unknown>((client) => openAndReceive(client, url), options);
}

function openAndReceive(client: HttpClient<boolean>, url: string): unknown {
  const socket = client.webSocket(url);
  if (socket instanceof Promise) return socket.then((one) => one.receive());
  return (socket as GreenWebSocket).receive();
}
