// What other plugins may do with the result of a green handler, of which Fastify itself only asks then(ok, failed).

import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';

import { wait } from '../../src/index.ts';
import greenroom from '../../src/middleware/index.ts';

type Wrapped = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

const open: FastifyInstance[] = [];

/** An instance whose handlers run inside `wrap`, which is registered after greenroom, as instrumentation is. */
async function server(wrap: (result: Promise<unknown>) => unknown): Promise<FastifyInstance> {
  const app = Fastify();
  open.push(app);
  await app.register(greenroom);
  app.addHook('onRoute', (route) => {
    const handler = route.handler as unknown as Wrapped;
    route.handler = function (request, reply) {
      const result = handler.call(this, request, reply);
      return typeof result?.then === 'function' ? wrap(result) : result;
    } as typeof route.handler;
  });
  app.get('/later', { green: true }, () => {
    wait(new Promise(setImmediate));
    return 'value';
  });
  app.get('/soon', { green: true }, () => wait(new Promise((resolve) => process.nextTick(resolve, 'value'))));
  app.get('/fails', { green: true }, () => {
    wait(new Promise(setImmediate));
    throw Object.assign(new Error('no tea'), { statusCode: 418 });
  });
  app.get('/callback', { green: true }, (_request, reply) => {
    wait(new Promise(setImmediate));
    setImmediate(() => reply.send('value'));
  });
  return app;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

describe.each<[string, (result: Promise<unknown>) => unknown]>([
  ['chains then()', (result) => result.then((value) => value)],
  ['chains then() twice', (result) => result.then().then(undefined, undefined)],
  ['chains then() with both handlers', (result) => result.then(identity, rethrow)],
  ['awaits', async (result) => await result],
  ['subscribes when the outcome is there', (result) => afterwards(result)],
  ['subscribes twice', (result) => Promise.all([result.then(identity, rethrow), result]).then(([value]) => value)],
])('a wrapper that %s', (_how, wrap) => {
  it.each(['/later', '/soon', '/callback'])('gets the value of %s', async (url) => {
    const app = await server(wrap);
    const answer = await app.inject(url);
    expect([answer.statusCode, answer.body]).toEqual([200, 'value']);
  });

  it('gets the error', async () => {
    const app = await server(wrap);
    expect((await app.inject('/fails')).statusCode).toBe(418);
  });
});

it('a wrapper that throws in its handlers fails the request', async () => {
  const app = await server((result) =>
    result.then(() => {
      throw Object.assign(new Error('no coffee'), { statusCode: 418 });
    }, rethrow),
  );
  expect((await app.inject('/later')).statusCode).toBe(418);
});

function identity(value: unknown): unknown {
  return value;
}

function rethrow(error: unknown): never {
  throw error;
}

async function afterwards(result: Promise<unknown>): Promise<unknown> {
  const held = [result]; // not adopted yet
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  return held[0];
}
