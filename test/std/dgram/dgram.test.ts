// UDP in sync style.

import dgram from 'node:dgram';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

import { run, spawn, wait } from '../../../src/index.ts';
import greenDgram, * as green from '../../../src/std/dgram/index.ts';
import { type GreenDatagramSocket, greenBind } from '../../../src/std/dgram/index.ts';

const withCode = (code: string) => expect.objectContaining({ code });
const bind = (options: object = {}): GreenDatagramSocket =>
  greenBind({ type: 'udp4', address: '127.0.0.1', ...options });

describe('greenroom/std/dgram', () => {
  it('is node:dgram, with what is green beside it', () => {
    for (const name of Object.keys(dgram)) {
      expect(green, name).toHaveProperty(name);
      expect(greenDgram, name).toHaveProperty(name, dgram[name as keyof typeof dgram]);
    }
    expect(green.replacedNames).toEqual([]);
  });
});

describe('greenBind()', () => {
  it('sends and receives, and says who sent', async () => {
    await run(() => {
      using server = bind();
      using client = bind();
      expect(client.send('ping', server.address.port, '127.0.0.1')).toBe(4);
      const { port, address, family } = client.address;
      const got = server.receive({ timeout: 20_000 });
      expect(got).toEqual({ data: Buffer.from('ping'), port, address, family });
      server.send(Buffer.from('pong'), port, address);
      expect(String(client.receive()?.data)).toBe('pong');
    });
  });

  it('can be connected to one address', async () => {
    await run(() => {
      using server = bind();
      using client = bind();
      client.connect(server.address.port, '127.0.0.1');
      client.send('to you');
      expect(String(server.receive()?.data)).toBe('to you');
      expect(() => client.send('x', 1)).toThrow(withCode('ERR_SOCKET_DGRAM_IS_CONNECTED'));
    });
  });

  it('gives several contexts theirs in the order they asked, and loses none with one that gives up', async () => {
    await run(() => {
      using server = bind();
      const { port } = server.address;
      expect(() => server.receive({ timeout: 5 })).toThrow(withCode('GREEN_ERR_WAIT_TIMEOUT'));
      const cancelled = spawn(() => server.receive());
      const tasks = [1, 2].map(() => spawn(() => String(server.receive()?.data)));
      cancelled.cancel();
      wait(cancelled.promise.catch(() => {}));
      using client = bind();
      client.send('a', port);
      client.send('b', port);
      expect(tasks.map((task) => wait(task))).toEqual(['a', 'b']);
    });
  });

  it('tells of an error once, after what had come before it, and stays usable', async () => {
    await run(() => {
      using client = bind();
      let server = bind();
      const { port } = server.address;
      client.connect(port, '127.0.0.1');
      server.send('first', client.address.port, '127.0.0.1');
      while (client.stats.pending < 1) wait(delay(1));
      server.close();
      client.send('nobody listens');
      while (client.stats.pending < 2) wait(delay(1));
      expect(String(client.receive()?.data)).toBe('first');
      expect(() => client.receive()).toThrow(
        expect.objectContaining({ code: 'ECONNREFUSED', stack: expect.stringContaining('dgram.test.ts') }),
      );
      server = bind({ port });
      client.send('again');
      const { port: from } = server.receive() ?? { port: 0 };
      server.send('here I am', from, '127.0.0.1');
      expect(String(client.receive()?.data)).toBe('here I am');
    });
  });

  it('lets any number of contexts send at once', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    await run(() => {
      using server = bind();
      const { port } = server.address;
      const tasks = Array.from({ length: 20 }, () => spawn(() => server.send('x', port, 'localhost')));
      for (const task of tasks) wait(task);
      wait(delay(1));
    });
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('drops what comes beyond maxPending', async () => {
    await run(() => {
      using server = bind({ maxPending: 1 });
      using client = bind();
      for (const text of ['a', 'b', 'c']) client.send(text, server.address.port);
      while (server.stats.dropped < 2) wait(delay(1));
      expect(server.stats).toEqual({ pending: 1, dropped: 2 });
      expect(String(server.receive()?.data)).toBe('a');
    });
  });

  it('gives null once it is closed, also to who waits; ends its loop, and is closed with its task', async () => {
    const left = await run(() => {
      const socket = bind();
      const waiting = [spawn(() => socket.receive()), spawn(() => [...socket].length)];
      socket.close();
      socket.close();
      expect(waiting.map((task) => wait(task))).toEqual([null, 0]);
      expect(() => socket.send('x', 9)).toThrow(withCode('GREEN_ERR_STREAM_CLOSED'));
      return bind();
    });
    expect(await run(() => left.receive())).toBeNull();
    const detached = await run(() => bind({ detached: true }));
    expect(detached.address.port).toBeGreaterThan(0);
    detached.close();
  });

  it("throws the socket's errors, and Node's own for bad arguments", async () => {
    await run(() => {
      using socket = bind();
      expect(() => bind({ port: socket.address.port })).toThrow(withCode('EADDRINUSE'));
      expect(() => greenBind({ type: 'udp5' as never })).toThrow(withCode('ERR_SOCKET_BAD_TYPE'));
      expect(() => bind({ maxPending: -1 })).toThrow(withCode('GREEN_ERR_OPT_INVALID'));
      expect(() => socket.send('x', 70_000)).toThrow(withCode('ERR_SOCKET_BAD_PORT'));
      expect(() => socket.send(7 as never, 9)).toThrow(withCode('ERR_INVALID_ARG_TYPE'));
      expect(() => socket.send(Buffer.alloc(70_000), 9)).toThrow(withCode('EMSGSIZE'));
      expect(socket.send('still usable', socket.address.port)).toBe(12);
    });
    expect(() => bind()).toThrow(withCode('GREEN_ERR_WAIT_OUTSIDE_CONTEXT'));
  });
});
