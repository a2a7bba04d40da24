// TLS in sync style: from the start, and by startTls().

import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net';
import tls, { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';

import { GreenPool, run, spawn, wait } from '../../../src/index.ts';
import { greenConnect as connectTcp, type GreenSocket, greenListen as listenTcp } from '../../../src/std/net/index.ts';
import greenTls, * as green from '../../../src/std/tls/index.ts';
import { greenConnect, greenListen, greenServe } from '../../../src/std/tls/index.ts';
import { ca, cert, clientCert, clientKey, key } from '../../http-client/tls.ts';

const servers: Server[] = [];
const withCode = (code: string) => expect.objectContaining({ code });

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Asks for the upgrade as SMTP does, in plain text. */
const upgradeServer = (socket: GreenSocket, options: object = { key, cert }): void => {
  expect(socket.readLine()).toBe('STARTTLS');
  socket.write('GO\n');
  socket.startTls({ isServer: true, ...options });
};

const upgradeClient = (socket: GreenSocket, options: object = { ca }): void => {
  socket.write('STARTTLS\n');
  expect(socket.readLine()).toBe('GO');
  socket.startTls(options);
};

/** Both ends of a TCP connection, each in a context of its own. Gives the client's outcome, if the server's is as expected. */
const ends = async <R>(server: (socket: GreenSocket) => unknown, client: (socket: GreenSocket) => R): Promise<R> => {
  const [served, asked] = await run(() => {
    using listener = listenTcp({ port: 0, host: '127.0.0.1' });
    const { port } = listener.address as AddressInfo;
    const serving = spawn(() => {
      using socket = listener.accept() as GreenSocket;
      server(socket);
    });
    const asking = spawn(() => {
      using socket = connectTcp({ port, host: 'localhost', family: 4 });
      return { value: client(socket) };
    });
    return wait(Promise.allSettled([serving, asking]));
  });
  if (served.status === 'rejected' && served.reason.name === 'AssertionError') throw served.reason;
  if (asked.status === 'rejected') throw asked.reason;
  return asked.value.value as R;
};

describe('greenroom/std/tls', () => {
  it('is node:tls, with what is green beside it', () => {
    for (const name of Object.keys(tls)) {
      expect(green, name).toHaveProperty(name);
      expect(Object.getOwnPropertyDescriptor(greenTls, name), name).toEqual(Object.getOwnPropertyDescriptor(tls, name));
    }
    expect(green.replacedNames).toEqual([]);
  });
});

describe('greenConnect()', () => {
  it('shakes hands, asks for the host by name, and then reads and writes as TCP does', async () => {
    const port = await listening(
      createTlsServer({ key, cert }, (socket) => socket.end(`${socket.servername}\n`) as unknown as undefined),
    );
    await run(() => {
      using socket = greenConnect({ port, host: 'localhost', family: 4, ca } as never);
      expect(socket.encrypted).toBe(true);
      expect((socket.raw as TLSSocket).authorized).toBe(true);
      expect([...socket.lines()]).toEqual(['localhost']);
    });
  });

  it("throws the handshake's error, with the caller's frames", async () => {
    const port = await listening(createTlsServer({ key, cert }).on('tlsClientError', () => {}));
    await expect(run(() => greenConnect({ port, host: '127.0.0.1' }))).rejects.toMatchObject({
      code: expect.stringMatching(/SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/),
      stack: expect.stringContaining('tls.test.ts'),
    });
    await expect(
      run(() => greenConnect({ port, host: '127.0.0.1', ca, servername: 'other.test' })),
    ).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  it('gives up in the middle of a handshake', async () => {
    const port = await listening(createTcpServer((socket) => socket.on('error', () => {}).resume()));
    await expect(run(() => greenConnect({ port, timeout: 20 }))).rejects.toMatchObject({
      code: 'GREEN_ERR_WAIT_TIMEOUT',
    });
    await expect(run(() => greenConnect({ port: -1 }))).rejects.toMatchObject({ code: 'ERR_SOCKET_BAD_PORT' });
  });
});

describe('greenListen() and greenServe()', () => {
  it('accept connections whose handshake is done', async () => {
    await run(() => {
      using server = greenListen({ port: 0, host: '127.0.0.1', key, cert });
      const { port } = server.address as AddressInfo;
      const failing = spawn(() => greenConnect({ port }));
      expect(() => wait(failing)).toThrow();
      const client = spawn(() => greenConnect({ port, host: '127.0.0.1', ca }).readLine());
      using socket = server.accept({ timeout: 20_000 }) as GreenSocket;
      socket.write('hello\n');
      expect(wait(client)).toBe('hello');
    });
  });

  it('echo, twenty at once', async () => {
    await using service = greenServe(
      (socket) => {
        for (const chunk of socket) socket.write(chunk);
      },
      { port: 0, host: '127.0.0.1', key, cert },
    );
    const { port } = (await service.listening) as AddressInfo;
    const echo = (index: number): string => {
      using socket = greenConnect({ port, host: '127.0.0.1', ca });
      socket.write(`${index}`.repeat(50_000));
      socket.end();
      return String(socket.readAll());
    };
    const all = Array.from({ length: 20 }, (_, index) => run(() => echo(index)));
    expect(await Promise.all(all)).toEqual(Array.from({ length: 20 }, (_, index) => `${index}`.repeat(50_000)));
  });
});

describe('greenServe(), closed', () => {
  it('handles nobody any more who had connected and shakes hands later', async () => {
    const pool = new GreenPool();
    let handled = 0;
    const service = greenServe(() => handled++, { port: 0, host: '127.0.0.1', key, cert, pool });
    const { port } = (await service.listening) as AddressInfo;
    const accepted = new Promise((resolve) => service.raw.once('connection', resolve));
    const client = connect(port, '127.0.0.1');
    await accepted;
    await service.close();
    const secured = tls.connect({ socket: client, ca, servername: 'localhost' }).on('error', () => {});
    await new Promise((resolve) => secured.resume().once('close', resolve));
    expect([handled, service.stats.refused]).toEqual([0, 1]);
    await pool.shutdown();
  });
});

describe('startTls()', () => {
  it('goes over to TLS on both sides', async () => {
    const server = (socket: GreenSocket): void => {
      upgradeServer(socket);
      expect(socket.encrypted).toBe(true);
      for (const line of socket.lines()) socket.write(`${line.toUpperCase()}\n`);
    };
    await ends(server, (socket) => {
      expect(socket.encrypted).toBe(false);
      upgradeClient(socket);
      expect([socket.encrypted, (socket.raw as TLSSocket).authorized]).toEqual([true, true]);
      socket.write('a\nb\n');
      expect([socket.readLine(), socket.readLine()]).toEqual(['A', 'B']);
    });
  });

  it('checks the certificate against the host that was connected to', async () => {
    const failed = ends(upgradeServer, (socket) => upgradeClient(socket, { ca, servername: 'other.test' }));
    await expect(failed).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    await expect(ends(upgradeServer, (socket) => upgradeClient(socket, {}))).rejects.toThrow(/certificate/);
  });

  it("asks for the client's certificate where it is told to", async () => {
    const demanding = { key, cert, ca, requestCert: true };
    const server = (socket: GreenSocket): void => {
      upgradeServer(socket, demanding);
      socket.write(`${(socket.raw as TLSSocket).authorized}\n`);
    };
    const trusted = (socket: GreenSocket): string | null => {
      upgradeClient(socket, { ca, key: clientKey, cert: clientCert });
      return socket.readLine();
    };
    expect(await ends(server, trusted)).toBe('true');
    const stranger = (socket: GreenSocket): unknown => {
      upgradeClient(socket);
      return socket.readLine();
    };
    expect(await ends(server, stranger).catch(() => 'refused')).not.toBe('true');
  });

  it('takes what was sent before the handshake for a part of it: nothing can be slipped in', async () => {
    const server = (socket: GreenSocket): unknown => {
      upgradeServer(socket);
      return socket.readLine();
    };
    const attacker = (socket: GreenSocket): unknown => {
      socket.write('STARTTLS\nEVIL COMMAND\n');
      expect(socket.readLine()).toBe('GO');
      return socket.startTls({ ca });
    };
    await expect(ends(server, attacker)).rejects.toThrow();
  });

  it('closes the connection when it fails or is given up', async () => {
    await ends(
      (socket) => socket.readAll(),
      (socket) => {
        expect(() => socket.startTls({ ca, timeout: 20 })).toThrow(withCode('GREEN_ERR_WAIT_TIMEOUT'));
        expect(socket.closed).toBe(true);
        while (!socket.raw.closed) wait(new Promise(setImmediate));
        for (const use of ['end', 'read', 'startTls'] as const) {
          expect(() => socket[use](), use).toThrow(withCode('GREEN_ERR_STREAM_CLOSED'));
        }
      },
    );
  });

  it('is refused when one of the directions has ended', async () => {
    const server = (socket: GreenSocket): void => {
      socket.end();
      expect(() => socket.startTls({ isServer: true, key, cert })).toThrow(withCode('GREEN_ERR_STREAM_CLOSED'));
      socket.readAll();
    };
    await ends(server, (socket) => {
      socket.readAll();
      expect(() => socket.startTls({ ca })).toThrow(withCode('GREEN_ERR_STREAM_CLOSED'));
      expect(socket.closed).toBe(false);
    });
  });

  it('leaves the connection as it is when it is refused before it has begun', async () => {
    const echo = (socket: GreenSocket): void => {
      for (const line of socket.lines()) socket.write(`${line}\n`);
    };
    await ends(echo, (socket) => {
      expect(() => socket.startTls({ timeout: 0 })).toThrow(withCode('GREEN_ERR_OPT_INVALID'));
      const reader = spawn(() => socket.readLine());
      expect(() => socket.startTls({ ca })).toThrow(withCode('GREEN_ERR_STREAM_BUSY'));
      socket.write('as before\n');
      expect(wait(reader)).toBe('as before');
      const upgrading = spawn(() => socket.startTls({ ca, timeout: 20 }));
      expect(() => socket.write('x')).toThrow(withCode('GREEN_ERR_STREAM_BUSY'));
      wait(upgrading.promise.catch(() => {}));
    });
  });
});
