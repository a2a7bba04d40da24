// Real servers on 127.0.0.1 for the tests of this folder; all close after the test that started them.

import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface TestServer {
  readonly url: string;
  /** How many connections were ever made. */
  connections: number;
  /** How many requests (or, for a fault server, request heads) came in. */
  requests: number;
}

export function startServer(listener: RequestListener): Promise<TestServer> {
  const server = createServer((request, response) => {
    started.requests++;
    listener(request, response);
  });
  const started = track(server);
  return listening(server, started);
}

/** Hands every request's head to `script`, with the bare socket: for what no server does on purpose. */
export function startFaultServer(script: (socket: Socket, head: string) => void): Promise<TestServer> {
  const server = createSocketServer((socket) => {
    socket.on('error', () => {}); // resets are the point
    socket.on('data', (data) => {
      started.requests++;
      script(socket, data.toString('latin1'));
    });
  });
  const started = track(server);
  return listening(server, started);
}

/** A port of 127.0.0.1 where nothing listens. */
export async function unusedPort(): Promise<number> {
  const server = createSocketServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves when the other side has closed or reset the connection. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once('close', () => resolve()).once('end', () => socket.end());
  });
}

export async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A promise and its resolver. */
export function deferred<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}

type Counts = Omit<TestServer, 'url'>;

function track(server: Server): Counts {
  const counts = { connections: 0, requests: 0 };
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    counts.connections++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return counts;
}

async function listening(server: Server, counts: Counts): Promise<TestServer> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(counts, { url: `http://127.0.0.1:${port}` });
}
