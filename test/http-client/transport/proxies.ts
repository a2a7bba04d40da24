// Proxies for tests: one that forwards and tunnels, and a SOCKS5 one. Each keeps what it was asked for; names under
// .test lead to 127.0.0.1, so that a test sees who looked a name up.

import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createSocketServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

import { cert, key } from '../tls.ts';

export interface TestProxy {
  /** `host:port` */
  readonly authority: string;
  /** `GET http://…` or `CONNECT host:port` */
  readonly asked: string[];
  /** Of those requests. */
  readonly headers: IncomingHttpHeaders[];
}

export interface ProxyScript {
  /** `user:password`; without it, 407. */
  readonly auth?: string;
  readonly tls?: boolean;
  /** The answer to CONNECT, in place of a tunnel. */
  readonly connectStatus?: number;
}

export async function startProxy({ auth, tls = false, connectStatus }: ProxyScript = {}): Promise<TestProxy> {
  const asked: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const expected = auth === undefined ? undefined : `Basic ${Buffer.from(auth).toString('base64')}`;
  const isAllowed = (incoming: IncomingMessage): boolean => {
    asked.push(`${incoming.method} ${incoming.url}`);
    headers.push(incoming.headers);
    return expected === undefined || incoming.headers['proxy-authorization'] === expected;
  };
  const server: Server = tls ? createTlsServer({ cert, key }) : createServer();
  server.on('request', (incoming, response) => {
    if (!isAllowed(incoming)) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic' }).end('who are you?');
      return;
    }
    const { 'proxy-authorization': _proxyAuthorization, ...passed } = incoming.headers;
    const url = new URL(incoming.url as string);
    const outgoing = request(
      {
        host: local(url.hostname),
        port: url.port,
        path: url.pathname + url.search,
        method: incoming.method,
        headers: passed,
      },
      (answer) => {
        response.writeHead(answer.statusCode as number, answer.headers);
        answer.pipe(response);
      },
    );
    outgoing.on('error', () => response.writeHead(502).end());
    incoming.pipe(outgoing);
  });
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    socket.on('error', () => {});
    if (!isAllowed(incoming)) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    if (connectStatus !== undefined) {
      socket.end(`HTTP/1.1 ${connectStatus} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${incoming.url}`);
    join(socket, hostname, Number(port) || 80, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
  });
  server.on('clientError', () => {});
  return { authority: await listening(server), asked, headers };
}

export interface TestSocksProxy {
  /** `host:port` */
  readonly authority: string;
  /** `name host:port`, `ipv4 host:port`; or `user:password` */
  readonly asked: string[];
}

/** @param refuse - SOCKS's reply code, in place of a tunnel. */
export async function startSocksProxy(auth?: string, refuse?: number): Promise<TestSocksProxy> {
  const asked: string[] = [];
  const server = createSocketServer(async (socket) => {
    socket.on('error', () => {});
    const reader = new Reader(socket);
    const [, methods = 0] = await reader.take(2);
    const offered = await reader.take(methods);
    const wanted = auth === undefined ? 0 : 2;
    if (!offered.includes(wanted)) {
      socket.end(Buffer.from([5, 0xff]));
      return;
    }
    socket.write(Buffer.from([5, wanted]));
    if (auth !== undefined) {
      const [, length = 0] = await reader.take(2);
      const user = await reader.take(length);
      const [passwordLength = 0] = await reader.take(1);
      const given = `${user}:${await reader.take(passwordLength)}`;
      asked.push(given);
      socket.write(Buffer.from([1, given === auth ? 0 : 1]));
      if (given !== auth) {
        socket.end();
        return;
      }
    }
    const [, , , type] = await reader.take(4);
    const host =
      type === 1 ? [...(await reader.take(4))].join('.') : `${await reader.take((await reader.take(1))[0] ?? 0)}`;
    const port = (await reader.take(2)).readUInt16BE();
    asked.push(`${type === 1 ? 'ipv4' : 'name'} ${host}:${port}`);
    const reply = (code: number): Buffer => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
    if (refuse !== undefined) {
      socket.end(reply(refuse));
      return;
    }
    reader.release();
    join(socket, host, port, () => socket.write(reply(0)));
  });
  return { authority: await listening(server), asked };
}

function join(socket: Socket, host: string, port: number, onConnect: () => void): void {
  const upstream = connect(port, local(host), () => {
    onConnect();
    socket.pipe(upstream).pipe(socket);
  });
  upstream.on('error', () => socket.destroy());
  socket.on('close', () => upstream.destroy());
}

function local(hostname: string): string {
  return hostname.endsWith('.test') ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, '');
}

class Reader {
  readonly #socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  #wake: () => void = () => {};
  readonly #onData = (chunk: Buffer): void => {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    this.#wake();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#onData);
  }

  async take(length: number): Promise<Buffer> {
    while (this.#buffer.length < length) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }

  release(): void {
    this.#socket.off('data', this.#onData);
  }
}

async function listening(server: ReturnType<typeof createSocketServer>): Promise<string> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  server.on('connection', keep);
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
