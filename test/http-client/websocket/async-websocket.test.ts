import { describe, expect, it } from 'vitest';

import { openAsyncWebSocket } from '../../../src/http-client/websocket/async-websocket.ts';
import { failureOf } from '../both-modes.ts';
import { deferred, startServer, unusedPort } from '../servers.ts';
import { echo, startSilentServer, startSocketServer, targetOf } from './socket-server.ts';

describe('openAsyncWebSocket()', () => {
  it('sends and receives', async () => {
    const { target } = await startSocketServer(echo);
    using socket = await openAsyncWebSocket(target);
    await socket.send('text');
    await socket.send(new Uint8Array([1]));
    expect(await socket.receive()).toBe('text');
    expect(await socket.receive()).toEqual(new Uint8Array([1]));
  });

  it('iterates until it is closed, and closes when the loop is left', async () => {
    const left = deferred<number>();
    let connections = 0;
    const { target } = await startSocketServer((peer) => {
      for (const text of ['a', 'b', 'c']) peer.send(text);
      if (connections++ === 0) peer.close(1000);
      else peer.on('close', (code) => left.resolve(code));
    });
    const all: unknown[] = [];
    for await (const message of await openAsyncWebSocket(target)) all.push(message);
    expect(all).toEqual(['a', 'b', 'c']);
    for await (const _message of await openAsyncWebSocket(target)) break;
    expect(await left.promise).toBe(1000);
  });

  it('rejects as the green one throws', async () => {
    const { url } = await startServer((_request, response) => response.writeHead(403).end());
    expect(await failureOf(openAsyncWebSocket(targetOf(url)))).toMatchObject({
      code: 'GREEN_ERR_HTTP_WEBSOCKET_HANDSHAKE',
      status: 403,
    });
    const nobody = targetOf(`ws://127.0.0.1:${await unusedPort()}`);
    const error = await failureOf(openAsyncWebSocket(nobody));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_CONNECT' });
    expect(error.stack).toContain('async-websocket.test.ts');
    const silent = await startSilentServer();
    expect(await failureOf(openAsyncWebSocket(silent, { timeout: 20 }))).toMatchObject({
      code: 'GREEN_ERR_HTTP_TIMEOUT',
    });
    expect(await failureOf(openAsyncWebSocket(targetOf('ftp://a/')))).toMatchObject({ code: 'GREEN_ERR_OPT_INVALID' });
  });

  it('limits the waiting of receive(), which takes nothing then', async () => {
    const { target } = await startSocketServer(echo);
    using socket = await openAsyncWebSocket(target);
    expect(await failureOf(socket.receive({ timeout: 1 }))).toMatchObject({ code: 'GREEN_ERR_WAIT_TIMEOUT' });
    const aborted = { code: 'GREEN_ERR_CANCELLED', cause: 'why' };
    expect(await failureOf(socket.receive({ signal: AbortSignal.abort('why') }))).toMatchObject(aborted);
    const controller = new AbortController();
    const failure = failureOf(socket.receive({ signal: controller.signal }));
    controller.abort('why');
    expect(await failure).toMatchObject(aborted);
    expect(await failureOf(socket.receive({ timeout: -1 }))).toMatchObject({ code: 'GREEN_ERR_OPT_INVALID' });
    await socket.send('for the next');
    expect(await socket.receive()).toBe('for the next');
  });

  it('gives null to who receives when it is closed, and sends no more', async () => {
    const { target } = await startSocketServer(echo);
    const socket = await openAsyncWebSocket(target);
    const receiving = socket.receive();
    socket.close();
    expect(await receiving).toBeNull();
    expect(await failureOf(socket.send('x'))).toMatchObject({ code: 'GREEN_ERR_HTTP_WEBSOCKET_CLOSED' });
  });
});
