// Real servers for the middleware's tests, and clients that behave badly on purpose.

import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';

import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { afterEach } from 'vitest';

import greenroom, { type GreenroomOptions } from '../../src/middleware/index.ts';
import { later } from '../support/turns.ts';

export const afterMs = <T>(ms: number, value: T): Promise<T> =>
  new Promise((resolve) => setTimeout(resolve, ms, value));

/** A promise settled by hand, so that tests need no clock. */
export function gate<T = void>(): { promise: Promise<T>; open: (value: T) => void } {
  let open!: (value: T) => void;
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

const open: FastifyInstance[] = [];

/** A server with the plugin, closed after the test. */
export async function server(
  options: GreenroomOptions = {},
  fastifyOptions: FastifyServerOptions = {},
): Promise<FastifyInstance> {
  const app = plainServer(fastifyOptions);
  await app.register(greenroom, options);
  return app;
}

export function plainServer(options: FastifyServerOptions = {}): FastifyInstance {
  const app = Fastify(options);
  open.push(app);
  return app;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await later(undefined);
}

/** Listens, and opens a bare socket to the server. */
export async function connectTo(app: FastifyInstance): Promise<Socket> {
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Sends a request on a socket of its own, for the test to break. */
export async function send(
  app: FastifyInstance,
  path: string,
  lines: readonly string[] = [],
  body = '',
): Promise<Socket> {
  const socket = await connectTo(app);
  const method = body === '' ? 'GET' : 'POST';
  socket.write([`${method} ${path} HTTP/1.1`, 'host: localhost', ...lines, '', body].join('\r\n'));
  return socket;
}

/** All that a socket receives until it is closed. */
export async function received(socket: Socket): Promise<string> {
  return (await socket.setEncoding('latin1').toArray()).join('');
}

/** The lines that a logger of `options` has written. */
export function logged(): { lines: Record<string, unknown>[]; options: FastifyServerOptions } {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { lines, options: { logger: { level: 'info', stream } } };
}
