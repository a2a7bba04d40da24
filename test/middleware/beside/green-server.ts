// What the tests of this folder share: Fastify instances with the plugin, closed after each test.

import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { afterEach } from 'vitest';

import greenroom, { type GreenroomOptions } from '../../../src/middleware/index.ts';

const open: FastifyInstance[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

export async function greenServer(
  options: GreenroomOptions = {},
  fastifyOptions: FastifyServerOptions = {},
): Promise<FastifyInstance> {
  const app = Fastify(fastifyOptions) as unknown as FastifyInstance;
  open.push(app);
  await app.register(greenroom, options);
  return app;
}

export function listen(app: FastifyInstance): Promise<string> {
  return app.listen({ port: 0, host: '127.0.0.1' });
}

export function later<T>(value: T): Promise<T> {
  return new Promise((resolve) => setImmediate(resolve, value));
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await later(undefined);
}

export function gate(): { promise: Promise<void>; open: () => void } {
  let release!: () => void;
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { promise, open: release };
}

/** Calls `fn` below `depth` plain function calls. */
export function deep<R>(depth: number, fn: () => R): R {
  return depth === 0 ? fn() : deep(depth - 1, fn);
}

/** `count` requests at once, each with its own number. */
export function concurrently<R>(count: number, request: (number: number) => Promise<R>): Promise<R[]> {
  return Promise.all(Array.from({ length: count }, (_, number) => request(number)));
}
