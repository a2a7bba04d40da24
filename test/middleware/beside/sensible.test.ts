// @fastify/sensible: its errors thrown and its replies sent from deep in a green handler.

import sensible from '@fastify/sensible';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';

import { wait } from '../../../src/index.ts';
import { deep, greenServer, later } from './green-server.ts';

async function server(): Promise<FastifyInstance> {
  const app = await greenServer();
  await app.register(sensible);
  return app;
}

describe('@fastify/sensible', () => {
  it('has errors to throw after a wait', async () => {
    const app = await server();
    app.get('/', { green: true }, () =>
      deep(5, () => {
        if (!wait(later(false))) throw app.httpErrors.paymentRequired('pay first');
      }),
    );
    const answer = await app.inject('/');
    expect([answer.statusCode, answer.json()]).toEqual([402, expect.objectContaining({ message: 'pay first' })]);
  });

  it('has replies to send or return after a wait', async () => {
    const app = await server();
    app.get('/sends', { green: true }, (_request, reply) => {
      wait(later(undefined));
      reply.notFound('nothing here');
    });
    app.get('/returns', { green: true }, (_request, reply) => {
      wait(later(undefined));
      return reply.notFound('nothing here');
    });
    expect([(await app.inject('/sends')).statusCode, (await app.inject('/returns')).statusCode]).toEqual([404, 404]);
  });
});
