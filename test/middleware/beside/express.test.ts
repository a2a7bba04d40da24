// @fastify/express: Express applications and middlewares beside and in front of green routes.

import fastifyExpress from '@fastify/express';
import { describe, expect, it } from 'vitest';

import { inContext, wait } from '../../../src/index.ts';
import { greenServer, later, listen } from './green-server.ts';

interface Visited {
  url?: string | undefined;
  visited?: string[];
}
interface Ended {
  end(body: string): void;
}

describe('@fastify/express', () => {
  it('runs Express middlewares before a green handler', async () => {
    const app = await greenServer();
    await app.register(fastifyExpress);
    app.use((request: Visited, _response: unknown, next: () => void) => {
      request.visited = ['at once'];
      next();
    });
    app.use((request: Visited, _response: unknown, next: () => void) => {
      setImmediate(() => {
        request.visited?.push('later');
        next();
      });
    });
    app.get('/', { green: true }, (request) => {
      wait(later(undefined));
      return { visited: (request.raw as Visited).visited, inContext: inContext() };
    });
    const url = await listen(app);
    expect(await (await fetch(url)).json()).toEqual({ visited: ['at once', 'later'], inContext: true });
  });

  it('has Express handlers that wait in the pool beside green routes', async () => {
    const app = await greenServer();
    await app.register(fastifyExpress);
    app.use('/express', (_request: unknown, response: Ended, next: (error: unknown) => void) => {
      app.green.run(() => response.end(wait(later('Express')))).catch(next);
    });
    app.get('/fastify', { green: true }, () => wait(later('Fastify')));
    const url = await listen(app);
    const bodies = ['/express', '/fastify'].map(async (path) => (await fetch(`${url}${path}`)).text());
    expect(await Promise.all(bodies)).toEqual(['Express', 'Fastify']);
    expect(app.green.pool().stats.completed).toBe(2);
  });

  it("answers with Express's errors and with those of green handlers", async () => {
    const app = await greenServer();
    await app.register(fastifyExpress);
    const fail = (statusCode: number): Error => Object.assign(new Error('failed'), { statusCode });
    app.use('/express', (_request: unknown, _response: unknown, next: (error: Error) => void) => next(fail(422)));
    app.get('/fastify', { green: true }, () => {
      wait(later(undefined));
      throw fail(409);
    });
    const url = await listen(app);
    const statuses = ['/express', '/fastify'].map(async (path) => (await fetch(`${url}${path}`)).status);
    expect(await Promise.all(statuses)).toEqual([422, 409]);
  });
});
