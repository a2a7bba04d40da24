// @fastify/middie: connect middlewares before green routes, whose next() goes on with Fastify's lifecycle.

import type { IncomingMessage, ServerResponse } from 'node:http';

import middie from '@fastify/middie';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';

import { inContext, wait } from '../../../src/index.ts';
import { concurrently, greenServer, later, listen } from './green-server.ts';

/** As connect has it. */
type Middleware = (
  request: IncomingMessage & { user?: string },
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

async function server(maxWorkers: number): Promise<FastifyInstance> {
  const app = await greenServer({ maxWorkers });
  await app.register(middie);
  return app;
}

describe('@fastify/middie', () => {
  it('goes on to a green handler from a next() that is called later', async () => {
    const app = await server(1);
    const identify: Middleware = (request, _response, next) => {
      setImmediate(() => {
        request.user = 'ann';
        next();
      });
    };
    app.use(identify);
    app.get('/', { green: true }, (request) => wait(later((request.raw as { user?: string }).user)));
    expect(await (await fetch(await listen(app))).text()).toBe('ann');
  });

  it('goes on inside the context from the next() of a middleware that waits, with one worker', async () => {
    const app = await server(1);
    const visited: unknown[] = [];
    const waiting: Middleware = (_request, _response, next) => {
      void app.green.run(() => {
        wait(later(undefined));
        next();
        visited.push('after next()');
      });
    };
    app.use(waiting);
    app.addHook('preHandler', async () => {
      visited.push('preHandler');
    });
    app.get('/', { green: true }, () => ({ inContext: inContext(), waited: wait(later('value')) }));
    const url = await listen(app);
    const answers = await concurrently(4, async () => (await fetch(url)).json());
    expect(answers).toEqual(Array(4).fill({ inContext: true, waited: 'value' }));
    expect(visited.filter((visit) => visit === 'after next()')).toHaveLength(4);
    expect(visited.filter((visit) => visit === 'preHandler')).toHaveLength(4);
  });

  it('answers with the error that a middleware passes on', async () => {
    const app = await server(1);
    const lock: Middleware = (_request, _response, next) => {
      next(Object.assign(new Error('locked'), { statusCode: 423 }));
    };
    app.use('/locked', lock);
    app.get('/locked', { green: true }, () => wait(later('open')));
    const url = await listen(app);
    expect((await fetch(`${url}/locked`)).status).toBe(423);
    expect(app.green.pool().stats.completed).toBe(0);
  });
});
