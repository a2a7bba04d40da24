// What the tests of HTTP/2 share: servers and sessions, closed after each test.

import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';

import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach } from 'vitest';

import greenroom, { type GreenroomOptions } from '../../src/middleware/index.ts';

export interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

const apps: FastifyInstance[] = [];
const sessions: ClientHttp2Session[] = [];

afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

export function later<T>(value: T): Promise<T> {
  return new Promise((resolve) => setImmediate(resolve, value));
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await later(undefined);
}

export async function server(options: GreenroomOptions = {}): Promise<FastifyInstance> {
  const app = Fastify({ http2: true }) as unknown as FastifyInstance;
  apps.push(app);
  await app.register(greenroom, options);
  return app;
}

export async function session(app: FastifyInstance): Promise<ClientHttp2Session> {
  const opened = connect(await app.listen({ port: 0, host: '127.0.0.1' }));
  sessions.push(opened);
  await once(opened, 'connect');
  return opened;
}

export async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  const body = (await stream.setEncoding('utf8').toArray()).join('');
  return { status: headers[':status'] as number | undefined, body };
}

export function get(opened: ClientHttp2Session, path: string): ClientHttp2Stream {
  return opened.request({ ':path': path });
}
export function pending(): Promise<never> {
  return new Promise(() => {});
}
