// Sockets of greenroom/std/net: real ones, Node's own on the other side.

import net, { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';

import { GreenPool, run, shield, spawn, wait } from '../../../src/index.ts';
import greenNet, * as green from '../../../src/std/net/index.ts';
import { type GreenSocket, greenConnect, greenListen } from '../../../src/std/net/index.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();
const withCode = (code: string) => expect.objectContaining({ code });

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** Node's own server; resolves to its port. */
async function serve(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Runs `use` on a connection to a server that sends `chunks`, one at a time, and then ends. */
async function reading<R>(chunks: (string | Buffer)[], use: (socket: GreenSocket) => R): Promise<Awaited<R>> {
  const port = await serve(async (socket) => {
    socket.setNoDelay();
    for (const chunk of chunks) {
      socket.write(chunk);
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.end();
  });
  return await run(() => {
    using socket = greenConnect({ port, host: '127.0.0.1' });
    return use(socket);
  });
}

describe('greenroom/std/net', () => {
  it('is node:net, with what is green beside it', () => {
    for (const name of Object.keys(net)) {
      expect(green, name).toHaveProperty(name, net[name as keyof typeof net]);
      expect(greenNet, name).toHaveProperty(name, net[name as keyof typeof net]);
    }
    expect(green.replacedNames).toEqual([]);
    expect(greenNet.greenConnect).toBe(greenConnect);
    expect(greenNet.connect).toBe(net.connect);
  });
});

describe('reading', () => {
  it('gives what has come, and an empty Buffer at the end', async () => {
    const read = await reading(['abc'], (socket) =>
      [socket.read(2), socket.read(), socket.read(), socket.read()].map(String),
    );
    expect(read).toEqual(['ab', 'c', '', '']);
  });

  it('gives exactly so many bytes, over and within chunks; at the end what came is still there', async () => {
    await reading(['ab', 'cdef', 'g'], (socket) => {
      expect([1, 3, 0, 2].map((bytes) => String(socket.readExactly(bytes)))).toEqual(['a', 'bcd', '', 'ef']);
      expect(() => socket.readExactly(2)).toThrow(withCode('GREEN_ERR_STREAM_CLOSED'));
      expect(String(socket.read())).toBe('g');
    });
  });

  it('gives everything up to a delimiter, wherever the chunks are torn', async () => {
    const text = 'one\r\n\r\ntwo\r\r\n\r\nthree';
    for (const chunks of [[text], [...text], [text.slice(0, 4), text.slice(4, 15), text.slice(15)]]) {
      await reading(chunks, (socket) => {
        expect(String(socket.readUntil('\r\n\r\n'))).toBe('one\r\n\r\n');
        expect(String(socket.readUntil(Buffer.from('\r\n\r\n')))).toBe('two\r\r\n\r\n');
        expect(() => socket.readUntil('\r\n\r\n')).toThrow(withCode('GREEN_ERR_STREAM_CLOSED'));
        expect(String(socket.readAll())).toBe('three');
      });
    }
  });

  it('gives lines, and the rest by a loop', async () => {
    const text = Buffer.from('smørrebrød\r\n\nzwei\nlast');
    const tiny = Array.from(text, (byte) => Buffer.from([byte]));
    await reading(tiny, (socket) => {
      expect(socket.readLine()).toBe('smørrebrød');
      expect([...socket.lines()]).toEqual(['', 'zwei', 'last']);
      expect(socket.readLine()).toBeNull();
    });
    await reading(['a\nb', 'c'], (socket) => {
      expect(socket.readLine()).toBe('a');
      expect(Buffer.concat([...socket]).toString()).toBe('bc');
    });
  });

  it('has limits, and what was too much is still there', async () => {
    await reading(['123456\n'], (socket) => {
      expect(() => socket.readLine({ limit: 6 })).toThrow(withCode('GREEN_ERR_BODY_TOO_LARGE'));
      expect(() => socket.readUntil('7', { limit: 5 })).toThrow(withCode('GREEN_ERR_BODY_TOO_LARGE'));
      expect(() => socket.readAll({ limit: 6 })).toThrow(withCode('GREEN_ERR_BODY_TOO_LARGE'));
      expect(socket.readLine({ limit: 7 })).toBe('123456');
    });
  });

  it('loses no byte to a timeout, an abort or a cancellation', async () => {
    let peer: Socket | null = null;
    const port = await serve((socket) => {
      peer = socket;
      socket.write('ab');
    });
    const controller = new AbortController();
    const socket = await run(() => greenConnect({ port, detached: true }));
    await run(() => {
      expect(() => socket.readExactly(4, { timeout: 20 })).toThrow(withCode('GREEN_ERR_WAIT_TIMEOUT'));
      setTimeout(() => controller.abort(), 5);
      expect(() => socket.readUntil('d', { signal: controller.signal })).toThrow(withCode('GREEN_ERR_CANCELLED'));
      socket.timeout = 10;
      expect(() => socket.readLine()).toThrow(withCode('GREEN_ERR_WAIT_TIMEOUT'));
      socket.timeout = undefined;
    });
    const cancelled = spawn(() => socket.adopt().detach().readAll());
    cancelled.cancel();
    await expect(cancelled.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    (peer as Socket | null)?.end('cd');
    expect(await run(() => String(socket.readAll()))).toBe('abcd');
    socket.close();
  });

  it('is held back: what nobody asks for stays with the sender', async () => {
    let sent = 0;
    const port = await serve((socket) => {
      const chunk = Buffer.alloc(65_536);
      const more = (): void => {
        while (socket.write(chunk) && sent < 1e9) sent += chunk.length;
      };
      socket.on('drain', more);
      more();
    });
    await run(() => {
      using socket = greenConnect({ port });
      expect(socket.readExactly(1)).toHaveLength(1);
      wait(delay(100));
      expect(socket.raw.readableLength).toBeLessThan(1_000_000);
      expect(socket.raw.bytesRead).toBeLessThan(2_000_000);
      socket.destroy();
    });
  });

  it('is for one context at a time', async () => {
    const port = await serve((socket) => setTimeout(() => socket.end('x'), 50));
    await run(() => {
      using socket = greenConnect({ port });
      const first = spawn(() => String(socket.readAll()));
      expect(() => socket.read()).toThrow(withCode('GREEN_ERR_STREAM_BUSY'));
      expect(wait(first)).toBe('x');
    });
  });

  it("throws the socket's own error, with the caller's frames, then and ever after", async () => {
    const port = await serve((socket) => setTimeout(() => socket.resetAndDestroy(), 10));
    await run(function reader() {
      using socket = greenConnect({ port });
      let reset: Error | null = null;
      try {
        socket.read();
      } catch (error) {
        reset = error as Error;
      }
      expect(reset).toMatchObject({ code: 'ECONNRESET', stack: expect.stringContaining('reader') });
      expect(() => socket.readLine()).toThrow(reset as never);
      expect(() => socket.write('x')).toThrow(reset as never);
      expect(socket.closed).toBe(true);
    });
  });
});

describe('what came before a connection broke', () => {
  const broken = async (use: (socket: GreenSocket) => void): Promise<void> => {
    const port = await serve((socket) => {
      socket.write('421 closing\r\nbye');
      setTimeout(() => socket.resetAndDestroy(), 20);
    });
    await run(() => {
      using socket = greenConnect({ port });
      use(socket);
    });
  };
  const breakOf = (socket: GreenSocket): void => {
    while (!socket.raw.closed) wait(delay(1));
  };

  it('can still be read; then the error comes, the same for ever', async () => {
    await broken((socket) => {
      breakOf(socket);
      expect(() => socket.write('x')).toThrow(withCode('ECONNRESET'));
      expect(socket.readLine()).toBe('421 closing');
      expect(() => socket.readLine()).toThrow(withCode('ECONNRESET'));
      expect(String(socket.read())).toBe('bye');
      const error = expect.objectContaining({ code: 'ECONNRESET' });
      for (const use of [() => socket.read(), () => socket.readAll(), () => socket.readExactly(1)]) {
        expect(use).toThrow(error);
      }
      socket.close();
      expect(() => socket.read()).toThrow(error);
    });
  });

  it('also what another call had taken from the system already', async () => {
    await broken((socket) => {
      expect(String(socket.readExactly(4))).toBe('421 ');
      breakOf(socket);
      expect([socket.readLine(), String(socket.readExactly(3))]).toEqual(['closing', 'bye']);
      expect(() => socket.readLine()).toThrow(withCode('ECONNRESET'));
    });
  });

  it('is gone with a socket that is closed here', async () => {
    await broken((socket) => {
      expect(String(socket.read(1))).toBe('4');
      socket.destroy();
      expect(() => socket.read()).toThrow(withCode('GREEN_ERR_STREAM_CLOSED'));
    });
  });
});

describe('writing', () => {
  it('waits until the socket has drained, and the other side gets all of it in order', async () => {
    const chunks = 40;
    const port = await serve((socket) => {
      let bytes = 0;
      let wrong = 0;
      socket.on('data', (data) => {
        for (const byte of data) if (byte !== Math.floor(bytes++ / 100_000)) wrong++;
      });
      socket.on('end', () => socket.end(`${bytes} ${wrong}`));
    });
    await run(() => {
      using socket = greenConnect({ port });
      for (let index = 0; index < chunks; index++) {
        socket.write(Buffer.alloc(100_000, index));
        expect(socket.raw.writableLength).toBeLessThan(100_000);
      }
      socket.end();
      expect(String(socket.readAll())).toBe(`${chunks * 100_000} 0`);
    });
  });

  it('can go on when the other side has ended', async () => {
    const got = await new Promise<string>((resolve) => {
      const port = serve((socket) => {
        socket.end('bye');
        let text = '';
        socket.on('data', (data) => {
          text += data;
        });
        socket.on('end', () => resolve(text));
      });
      void run(() => {
        using socket = greenConnect({ port: wait(port) });
        expect(String(socket.readAll())).toBe('bye');
        wait(delay(5));
        socket.write('still ');
        socket.write('here');
      });
    });
    expect(got).toBe('still here'); // all of it, although it was closed at once
  });

  it('is for any number of contexts', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    let peer: Socket | null = null;
    const port = await serve((socket) => {
      peer = socket.pause();
    });
    await run(() => {
      using socket = greenConnect({ port });
      const writers = Array.from({ length: 20 }, () => spawn(() => socket.write(Buffer.alloc(1_000_000))));
      while (peer === null) wait(delay(1));
      (peer as Socket).resume();
      for (const writer of writers) wait(writer);
      socket.end();
    });
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('gives up after its time, and the socket stays usable', async () => {
    let peer: Socket | null = null;
    const port = await serve((socket) => {
      peer = socket.pause();
    });
    await run(() => {
      using socket = greenConnect({ port });
      const fill = (): void => {
        for (;;) socket.write(Buffer.alloc(1_000_000), { timeout: 50 });
      };
      expect(fill).toThrow(withCode('GREEN_ERR_WAIT_TIMEOUT'));
      while (peer === null) wait(delay(1));
      (peer as Socket).resume();
      socket.write('end');
      socket.end();
      expect(socket.raw.writableFinished).toBe(true);
      socket.end();
      expect(() => socket.write('more')).toThrow(withCode('GREEN_ERR_STREAM_CLOSED'));
    });
  });

  it('is done when all is sent, although another context ends the socket meanwhile', async () => {
    let peer: Socket | null = null;
    const port = await serve((socket) => {
      peer = socket.pause();
    });
    await run(() => {
      using socket = greenConnect({ port });
      const writer = spawn(() => socket.write(Buffer.alloc(20_000_000)));
      const ender = spawn(() => socket.end());
      while (peer === null) wait(delay(1));
      (peer as Socket).resume(); // and keeps its own direction open
      wait(ender);
      wait(writer);
      expect(socket.raw.bytesWritten).toBe(20_000_000);
    });
  });

  it('takes bytes and text only', async () => {
    const port = await serve(() => {});
    await run(() => {
      using socket = greenConnect({ port });
      expect(() => socket.write(7 as never)).toThrow(withCode('ERR_INVALID_ARG_TYPE'));
      expect(() => socket.write('x', { timeout: 0 })).toThrow(withCode('GREEN_ERR_OPT_INVALID'));
    });
  });
});

describe('a socket', () => {
  it('that is closed says so', async () => {
    const port = await serve(() => {});
    await run(() => {
      const socket = greenConnect({ port });
      socket.close();
      socket.close();
      for (const use of [() => socket.read(), () => socket.write('x'), () => socket.end(), () => socket.startTls()]) {
        expect(use).toThrow(withCode('GREEN_ERR_STREAM_CLOSED'));
      }
      expect(socket.closed).toBe(true);
    });
  });

  it('that is closed says so at once to who reads, although it goes on sending', async () => {
    const port = await serve((socket) => socket.pause());
    await run(() => {
      using socket = greenConnect({ port });
      expect(() => socket.write(Buffer.alloc(20_000_000), { timeout: 20 })).toThrow(withCode('GREEN_ERR_WAIT_TIMEOUT'));
      const reader = spawn(() => socket.read());
      socket.close();
      expect(() => wait(reader)).toThrow(withCode('GREEN_ERR_STREAM_CLOSED'));
      expect(socket.raw.destroyed).toBe(false);
      socket.destroy();
    });
  });

  it('that Node has destroyed says so, also to who ends it or starts TLS', async () => {
    const port = await serve((socket) => socket.resume());
    await run(() => {
      const socket = greenConnect({ port });
      socket.raw.destroy();
      while (!socket.raw.closed) wait(delay(1));
      for (const use of [() => socket.end(), () => socket.startTls(), () => socket.read(), () => socket.write('x')]) {
        expect(use).toThrow(withCode('GREEN_ERR_STREAM_CLOSED'));
      }
    });
  });

  it('is closed with its task: returned, failed or destroyed', async () => {
    const closed: Promise<unknown>[] = [];
    const port = await serve((socket) => closed.push(new Promise((resolve) => socket.resume().once('end', resolve))));
    await run(() => void greenConnect({ port }));
    await run(() => {
      greenConnect({ port });
      throw new Error('on purpose');
    }).catch(() => {});
    const pool = new GreenPool({ cleanupTimeout: 1 });
    const stubborn = pool.submit(() =>
      shield({ timeout: 60_000 }, () => {
        greenConnect({ port });
        wait(new Promise(() => {}));
      }),
    );
    const outcome = Promise.allSettled([stubborn]);
    while (closed.length < 3) await delay(1);
    await pool.shutdown({ drain: 0 });
    await outcome;
    expect(await Promise.all(closed)).toHaveLength(3);
  });

  it('that is detached, or adopted by another task, is not', async () => {
    const port = await serve((socket) => socket.pipe(socket));
    const detached = await run(() => greenConnect({ port, detached: true }));
    const adopted = await run(() => {
      const socket = greenConnect({ port });
      const task = spawn(() => {
        using own = socket.adopt();
        wait(delay(20));
        own.write('adopted\n');
        return own.readLine();
      });
      return { task };
    });
    expect(await adopted.task).toBe('adopted');
    await run(() => {
      detached.write('detached\n');
      expect(detached.readLine()).toBe('detached');
      detached.adopt();
    });
    expect(detached.closed).toBe(true);
  });
});

describe('greenConnect()', () => {
  it('throws what connecting fails with', async () => {
    const port = await serve(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    await expect(run(() => greenConnect({ port, host: '127.0.0.1' }))).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      port,
      stack: expect.stringContaining('net.test.ts'),
    });
  });

  it("throws Node's own errors for bad options", async () => {
    await run(() => {
      expect(() => greenConnect({} as never)).toThrow(withCode('ERR_MISSING_ARGS'));
      expect(() => greenConnect({ port: 70_000 })).toThrow(withCode('ERR_SOCKET_BAD_PORT'));
      expect(() => greenConnect({ port: 1, timeout: -1 })).toThrow(withCode('GREEN_ERR_OPT_INVALID'));
      expect(() => greenConnect({ port: 1, signal: AbortSignal.abort() })).toThrow(withCode('GREEN_ERR_CANCELLED'));
    });
    expect(() => greenConnect({ port: 1 })).toThrow(withCode('GREEN_ERR_WAIT_OUTSIDE_CONTEXT'));
  });

  it('leaves no connection behind when it is cancelled', async () => {
    const port = await serve((socket) => socket.resume().once('end', () => socket.end()));
    const server = servers.at(-1) as Server;
    const task = spawn(() => greenConnect({ port }));
    task.cancel();
    await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    const open = (): Promise<number> =>
      new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
    await delay(20);
    while ((await open()) > 0) await delay(1);
  });
});

describe('greenListen()', () => {
  it('accepts in a loop; several contexts get theirs in order', async () => {
    await run(() => {
      using server = greenListen({ port: 0, host: '127.0.0.1' });
      const { port } = server.address as AddressInfo;
      const clients = ['a', 'b', 'c'].map((name) =>
        spawn(() => {
          using socket = greenConnect({ port });
          socket.write(`${name}\n`);
          return socket.readLine();
        }),
      );
      for (let count = 0; count < 3; count++) {
        const socket = server.accept({ timeout: 10_000 });
        void spawn(() => {
          using own = socket?.adopt() as GreenSocket;
          own.write(`${own.readLine()?.toUpperCase()}\n`);
        });
      }
      expect(clients.map((client) => wait(client))).toEqual(['A', 'B', 'C']);
      expect(server.stats).toEqual({ pending: 0, accepted: 3, refused: 0 });
    });
  });

  it('gives null once it is closed, also to who waits; and ends its loop', async () => {
    await run(() => {
      const server = greenListen({ port: 0 });
      const waiting = [spawn(() => server.accept()), spawn(() => [...server].length)];
      server.close();
      for (let again = 0; again < 20; again++) {
        server.close();
        wait(delay(0));
      }
      expect(server.raw.listenerCount('listening')).toBe(0);
      expect(waiting.map((task) => wait(task))).toEqual([null, 0]);
      expect(server.accept()).toBeNull();
    });
  });

  it('loses no connection with a context that gives up', async () => {
    await run(() => {
      using server = greenListen({ port: 0 });
      const { port } = server.address as AddressInfo;
      expect(() => server.accept({ timeout: 5 })).toThrow(withCode('GREEN_ERR_WAIT_TIMEOUT'));
      const cancelled = spawn(() => server.accept());
      cancelled.cancel();
      wait(cancelled.promise.catch(() => {}));
      using client = greenConnect({ port });
      using socket = server.accept({ timeout: 10_000 });
      socket?.write('yours');
      socket?.end();
      expect(String(client.readAll())).toBe('yours');
    });
  });

  it('closes connections beyond maxPending', async () => {
    await run(() => {
      using server = greenListen({ port: 0, maxPending: 1 });
      const { port } = server.address as AddressInfo;
      const clients = [1, 2, 3].map(() => greenConnect({ port }));
      while (server.stats.refused < 2) wait(delay(1));
      expect(server.stats).toEqual({ pending: 1, accepted: 0, refused: 2 });
      for (const client of clients) client.destroy();
    });
  });

  it('throws what listening fails with, and is closed with its task', async () => {
    const server = await run(() => {
      const first = greenListen({ port: 0, host: '127.0.0.1' });
      const { port } = first.address as AddressInfo;
      expect(() => greenListen({ port, host: '127.0.0.1' })).toThrow(withCode('EADDRINUSE'));
      expect(() => greenListen({ port: -1 })).toThrow(withCode('ERR_SOCKET_BAD_PORT'));
      expect(() => greenListen({ port: 0, maxPending: -1 })).toThrow(withCode('GREEN_ERR_OPT_INVALID'));
      return first;
    });
    expect(server.raw.listening).toBe(false);
  });
});
