// @fastify/request-context: the store of a request is found after waits at any depth, and never another request's.

import requestContextPlugin, { requestContext } from '@fastify/request-context';
import { describe, expect, it } from 'vitest';

import { wait } from '../../../src/index.ts';
import { concurrently, deep, greenServer, later, listen } from './green-server.ts';

declare module '@fastify/request-context' {
  interface RequestContextData {
    number: string;
    loaded: string;
  }
}

const REQUESTS = 40;

describe('@fastify/request-context', () => {
  it('shows each of 40 concurrent requests its own store, after waits at several depths', async () => {
    const app = await greenServer();
    await app.register(requestContextPlugin, {
      defaultStoreValues: (request) => ({ number: String(request.headers['number']), loaded: '' }),
    });
    const seen = (): string => requestContext.get('number') as string;
    app.get('/', { green: true }, (request) => {
      const numbers = [seen()];
      for (let depth = 0; depth < 20; depth += 5) {
        deep(depth, () => {
          wait(later(undefined));
          numbers.push(seen());
        });
      }
      requestContext.set('loaded', `by ${seen()}`);
      wait(later(undefined));
      return { numbers, loaded: request.requestContext.get('loaded') };
    });
    const url = await listen(app);
    await concurrently(REQUESTS, async (number) => {
      const answer = await fetch(url, { headers: { number: String(number) } });
      expect(await answer.json()).toEqual({ numbers: Array(5).fill(String(number)), loaded: `by ${number}` });
    });
  });

  it('shows the store in a green hook, in onSend and in the error handler of a green route that has waited', async () => {
    const app = await greenServer();
    await app.register(requestContextPlugin, {
      defaultStoreValues: (request) => ({ number: String(request.headers['number']), loaded: '' }),
    });
    const seen: Record<string, string | undefined> = {};
    const see = (where: string): void => {
      seen[where] = requestContext.get('number');
    };
    app.addHook(
      'preHandler',
      app.green.hook(() => {
        wait(later(undefined));
        see('preHandler');
      }),
    );
    app.addHook('onSend', async () => see('onSend'));
    app.setErrorHandler((_error, _request, reply) => {
      see('errorHandler');
      reply.code(418).send();
    });
    app.get('/', { green: true }, () => {
      wait(later(undefined));
      throw new Error('no tea');
    });
    const answer = await app.inject({ url: '/', headers: { number: '7' } });
    expect([answer.statusCode, seen]).toEqual([418, { preHandler: '7', onSend: '7', errorHandler: '7' }]);
  });
});
