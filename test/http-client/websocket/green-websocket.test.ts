import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';

import { type GreenWebSocket, openWebSocket } from '../../../src/http-client/websocket/green-websocket.ts';
import type { WebSocketMessage } from '../../../src/http-client/websocket/socket-channel.ts';
import type { WebSocketOptions, WebSocketTarget } from '../../../src/http-client/websocket/websocket-options.ts';
import { run, spawn, wait, yieldNow } from '../../../src/pool/index.ts';
import { failureOf } from '../both-modes.ts';
import { deferred, startFaultServer, startServer, unusedPort } from '../servers.ts';
import { echo, type Peer, startSilentServer, startSocketServer, targetOf } from './socket-server.ts';

describe('openWebSocket()', () => {
  it('sends and receives texts and bytes', async () => {
    const { target } = await startSocketServer(echo);
    const got = await run(() => {
      using socket = openWebSocket(target);
      socket.send('täxt');
      socket.send(new Uint8Array([1, 2, 3]));
      socket.send('');
      return [socket.receive(), socket.receive(), socket.receive(), socket.readyState];
    });
    expect(got).toEqual(['täxt', new Uint8Array([1, 2, 3]), '', 1]);
  });

  it('undoes the compression that the server agrees to', async () => {
    const { target } = await startSocketServer(echo, { perMessageDeflate: { threshold: 0 } });
    const text = 'green '.repeat(10_000);
    const got = await run(() => {
      using socket = openWebSocket(target);
      socket.send(text);
      return socket.receive();
    });
    expect(got).toBe(text);
  });

  it('offers protocols, and tells which one was picked', async () => {
    const { target } = await startSocketServer((peer) => peer.send(peer.protocol));
    const got = await run(() => {
      using socket = openWebSocket(target, { protocols: ['unknown-to-ws', 'chat'] });
      return [socket.protocol, socket.receive()];
    });
    expect(got).toEqual(['unknown-to-ws', 'unknown-to-ws']);
  });

  it('sends headers with the handshake', async () => {
    const { target } = await startSocketServer((peer, headers) =>
      peer.send(`${headers['authorization']} ${headers['x-a']}`),
    );
    const headers = { authorization: 'Bearer x', 'X-A': ['1', '2'] };
    expect(await run(() => openWebSocket(target, { headers }).receive())).toBe('Bearer x 1, 2');
  });

  it('goes over the dispatcher it is given', async () => {
    const { url } = await startSocketServer(echo);
    const { dispatcher } = targetOf(url);
    let paths = '';
    const counting = dispatcher.compose((dispatch) => (options, handler) => {
      paths += options.path;
      return dispatch(options, handler);
    });
    await run(() => openWebSocket({ url: `${url}/a?b=c`, dispatcher: counting }).close());
    expect(paths).toBe('/a?b=c');
  });

  it.each([401, 404, 503, 200, 302])('throws with the status of a server that answers %i', async (status) => {
    const { url } = await startServer((_request, response) => response.writeHead(status, { location: '/' }).end('no'));
    expect(await failureOf(opened(targetOf(url)))).toMatchObject({
      code: 'GREEN_ERR_HTTP_WEBSOCKET_HANDSHAKE',
      status,
      message: `The WebSocket's opening handshake was answered with ${status}.`,
    });
  });

  it('throws where the server switches to something else', async () => {
    const { url } = await startFaultServer((socket) => {
      const accept = 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n';
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${accept}\r\n`);
    });
    const error = await failureOf(opened(targetOf(url)));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_WEBSOCKET_HANDSHAKE', status: null });
  });

  it('throws where nobody listens, and where the server hangs up', async () => {
    const nobody = targetOf(`ws://127.0.0.1:${await unusedPort()}/?token=secret`);
    const error = await failureOf(opened(nobody));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_CONNECT', cause: { code: 'ECONNREFUSED' } });
    expect(error['url']).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/$/);
    expect(error.stack).toContain('green-websocket.test.ts');
    const { url } = await startFaultServer((socket) => socket.destroy());
    expect(await failureOf(opened(targetOf(url)))).toMatchObject({ code: 'GREEN_ERR_HTTP_TRANSPORT' });
  });

  it('throws after timeout', async () => {
    const error = await failureOf(opened(await startSilentServer(), { timeout: 20 }));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', limit: 20 });
  });

  it('gives the connection up when its context is cancelled', async () => {
    const hungUp = deferred();
    const asked = deferred();
    const { url } = await startFaultServer((socket) => {
      socket.on('close', () => hungUp.resolve());
      asked.resolve();
    });
    const task = spawn(() => openWebSocket(targetOf(url)));
    await asked.promise;
    task.cancel();
    expect(await failureOf(task.promise)).toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    await hungUp.promise;
  });

  it.each<[string, unknown]>([
    ['protocols', 'chat'],
    ['protocols', ['a b']],
    ['protocols', ['a', 'A']],
    ['headers', { 'a b': '1' }],
    ['headers', { a: 'x\r\ny' }],
    ['headers', { upgrade: 'h2c' }],
    ['timeout', 0],
    ['maxMessageBytes', 0],
    ['highWaterMark', 1.5],
    ['detached', 1],
    ['agent', {}],
  ])('refuses %s: %j before anything is sent', async (name, value) => {
    const server = await startServer(() => {});
    const error = await failureOf(opened(targetOf(server.url), { [name]: value }));
    expect(error['code']).toBe('GREEN_ERR_OPT_INVALID');
    expect(server.connections).toBe(0);
  });

  it.each(['', '/relative', 'ftp://a/', 'ws://user:secret@127.0.0.1/', 'http://['])(
    'refuses the URL %j',
    async (url) => {
      const error = await failureOf(opened(targetOf(url)));
      expect(error['code']).toBe('GREEN_ERR_OPT_INVALID');
      expect(error.message).not.toContain('secret');
    },
  );

  it('throws outside a context', async () => {
    const { target } = await startSocketServer(echo);
    const code = { code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' };
    expect(() => openWebSocket(target)).toThrow(expect.objectContaining(code));
    const socket = await run(() => openWebSocket(target, { detached: true }));
    expect(() => socket.receive()).toThrow(expect.objectContaining(code));
    expect(() => socket.send('x')).toThrow(expect.objectContaining(code));
    socket.close();
  });
});

describe('GreenWebSocket', () => {
  it('gives what came before the other side closed, then null, and says how it was closed', async () => {
    const { target } = await startSocketServer((peer) => {
      peer.send('last');
      peer.close(4001, 'bye');
    });
    const got = await run(() => {
      const socket = openWebSocket(target);
      const received = [socket.receive(), socket.receive(), socket.receive()];
      return [...received, socket.readyState, socket.closeCode, socket.closeReason];
    });
    expect(got).toEqual(['last', null, null, 3, 4001, 'bye']);
  });

  it('throws where the connection breaks, after what has come', async () => {
    const { target } = await startSocketServer((peer) => {
      peer.send('last');
      peer.on('message', () => peer.terminate());
    });
    const got = await run(() => {
      const socket = openWebSocket(target);
      const first = socket.receive();
      socket.send('break off');
      return [first, thrownBy(() => socket.receive()), socket.closeCode];
    });
    expect(got).toMatchObject(['last', { code: 'GREEN_ERR_HTTP_WEBSOCKET_CLOSED', closeCode: 1006 }, 1006]);
  });

  it('iterates until it is closed, and closes when the loop is left', async () => {
    const left = deferred<number>();
    let connections = 0;
    const { target } = await startSocketServer((peer) => {
      for (const text of ['a', 'b', 'c']) peer.send(text);
      if (connections++ === 0) peer.close(1000);
      else peer.on('close', (code) => left.resolve(code));
    });
    expect(await run(() => [...openWebSocket(target)])).toEqual(['a', 'b', 'c']);
    await run(() => {
      for (const message of openWebSocket(target, { detached: true })) if (message === 'b') break;
    });
    expect(await left.promise).toBe(1000);
  });

  it('says goodbye with a code and a reason; who receives gets null', async () => {
    const closed = deferred<unknown[]>();
    const { target } = await startSocketServer((peer) => {
      peer.on('close', (code, reason) => closed.resolve([code, reason.toString()]));
    });
    const got = await run(() => {
      const socket = openWebSocket(target);
      const receiver = spawn(() => socket.receive());
      socket.close(3000, 'dönë');
      socket.close(3001);
      return [wait(receiver.promise), socket.receive(), codeOf(() => socket.send('x'))];
    });
    expect(got).toEqual([null, null, 'GREEN_ERR_HTTP_WEBSOCKET_CLOSED']);
    expect(await closed.promise).toEqual([3000, 'dönë']);
  });

  it('destroys the connection of a peer that does not answer the goodbye', async () => {
    const hungUp = deferred();
    const { url } = await startFaultServer((socket, head) => {
      const key = /sec-websocket-key: (.*)\r\n/i.exec(head)?.[1];
      if (key === undefined) return; // the goodbye
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
          `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      socket.on('close', () => hungUp.resolve());
    });
    await run(() => openWebSocket(targetOf(url), { timeout: 1000 }).close());
    await hungUp.promise;
  });

  it('is closed with the task that opened it, unless detached', async () => {
    const closed = deferred();
    const peers: Peer[] = [];
    const { target } = await startSocketServer((peer) => {
      peers.push(peer);
      echo(peer);
      peer.on('close', () => closed.resolve());
    });
    const [own, detached] = await run(
      () => [openWebSocket(target), openWebSocket(target, { detached: true })] as const,
    );
    await closed.promise;
    expect(own.readyState).toBeGreaterThan(1);
    expect(
      await run(() => {
        detached.send('still');
        return detached.receive();
      }),
    ).toBe('still');
    detached.close();
  });

  it('hands messages to several contexts in the order they asked', async () => {
    const ready = deferred();
    const { target } = await startSocketServer((peer) => {
      peer.on('message', () => {
        for (const text of ['1', '2', '3']) peer.send(text);
      });
      ready.resolve();
    });
    const got = await run(() => {
      using socket = openWebSocket(target);
      const tasks = [0, 1, 2].map(() => spawn(() => socket.receive()));
      socket.send('go');
      return tasks.map((task) => wait(task.promise));
    });
    expect(got).toEqual(['1', '2', '3']);
  });

  it('stays usable after a receive() that was cancelled, aborted or out of time; none takes a message', async () => {
    const { target } = await startSocketServer(echo);
    const got = await run(() => {
      using socket = openWebSocket(target);
      const task = spawn(() => socket.receive());
      yieldNow();
      task.cancel();
      const cancelled = codeOf(() => wait(task.promise));
      const expired = codeOf(() => socket.receive({ timeout: 1 }));
      const aborted = codeOf(() => socket.receive({ signal: AbortSignal.abort() }));
      const controller = new AbortController();
      setImmediate(() => controller.abort());
      const abortedLater = codeOf(() => socket.receive({ signal: controller.signal }));
      socket.send('for the next');
      return [cancelled, expired, aborted, abortedLater, socket.receive({ timeout: 10_000 })];
    });
    const [CANCELLED, TIMEOUT] = ['GREEN_ERR_CANCELLED', 'GREEN_ERR_WAIT_TIMEOUT'];
    expect(got).toEqual([CANCELLED, TIMEOUT, CANCELLED, CANCELLED, 'for the next']);
  });

  it('stops reading above the high-water mark, so that a slow reader slows the sender down', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const total = 400; // 25 MiB: more than the system's buffers take
    const sender = deferred<Socket>();
    const { target } = await startSocketServer((peer) => {
      const socket = (peer as unknown as { _socket: Socket })._socket;
      for (let n = 0; n < total; n++) peer.send(chunk);
      sender.resolve(socket);
    });
    const bytes = await run(() => {
      using socket = openWebSocket(target, { highWaterMark: 256 * 1024 });
      socket.receive();
      const peer = wait(sender.promise);
      // Time enough for all of it, were it read: until what is left to send has not changed for a while.
      let before = -1;
      while (peer.writableLength !== before) {
        before = peer.writableLength;
        wait(new Promise((resolve) => setTimeout(resolve, 100)));
      }
      expect(before).toBeGreaterThan(chunk.length);
      let sum = chunk.length;
      for (let n = 1; n < total; n++) sum += (socket.receive() as Uint8Array).byteLength;
      return sum;
    });
    expect(bytes).toBe(total * chunk.length);
  });

  it('suspends send() while the other side does not read, and resumes it', async () => {
    const chunk = new Uint8Array(64 * 1024);
    const peers = deferred<Peer>();
    let received = 0;
    const { target } = await startSocketServer((peer) => {
      peer.pause();
      peer.on('message', (data) => {
        received += data.length;
        if (received === 400 * chunk.length) peer.close();
      });
      peers.resolve(peer);
    });
    let sent = 0;
    const sending = run(() => {
      const socket = openWebSocket(target);
      for (; sent < 400; sent++) socket.send(chunk);
      return socket.receive();
    });
    const peer = await peers.promise;
    for (let before = -1; sent !== before || sent === 0; ) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(sent).toBeLessThan(400);
    peer.resume();
    expect(await sending).toBeNull();
    expect(received).toBe(400 * chunk.length);
  });

  it('breaks the connection at a message over maxMessageBytes', async () => {
    const code = deferred<number>();
    const { target } = await startSocketServer((peer) => {
      peer.send('x'.repeat(1000));
      peer.send('x'.repeat(1001));
      peer.on('close', (closeCode) => code.resolve(closeCode));
    });
    const got = await run(() => {
      const socket = openWebSocket(target, { maxMessageBytes: 1000 });
      return [(socket.receive() as string).length, thrownBy(() => socket.receive())];
    });
    expect(got).toMatchObject([1000, { code: 'GREEN_ERR_HTTP_WEBSOCKET_CLOSED' }]);
    expect([1006, 1009]).toContain(await code.promise);
  });

  it("refuses to send what is neither text nor bytes, and to close with codes that are not the application's", async () => {
    const { target } = await startSocketServer(echo);
    await run(() => {
      using socket = openWebSocket(target);
      for (const wrong of [1, null, undefined, {}, [1], new ArrayBuffer(1)]) {
        expect(codeOf(() => socket.send(wrong as WebSocketMessage))).toBe('GREEN_ERR_OPT_INVALID');
      }
      for (const wrong of [999, 1001, 1006, 2999, 5000, 3000.5]) {
        expect(codeOf(() => socket.close(wrong))).toBe('GREEN_ERR_OPT_INVALID');
      }
      expect(codeOf(() => socket.close(1000, 'ä'.repeat(62)))).toBe('GREEN_ERR_OPT_INVALID');
      socket.send('still open');
      expect(socket.receive()).toBe('still open');
    });
  });
});

function opened(target: WebSocketTarget, options?: object): Promise<GreenWebSocket> {
  return run(() => openWebSocket(target, options as WebSocketOptions));
}

function thrownBy(fn: () => unknown): unknown {
  try {
    return fn();
  } catch (error) {
    return error;
  }
}

function codeOf(fn: () => unknown): unknown {
  return (thrownBy(fn) as { code?: unknown } | null)?.code;
}
