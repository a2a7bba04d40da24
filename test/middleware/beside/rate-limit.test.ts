// @fastify/rate-limit: limits green routes by a key that synchronous code has waited for.

import rateLimit from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';

import { wait } from '../../../src/index.ts';
import { greenServer, later, listen } from './green-server.ts';

const USERS: Record<string, string> = { a1: 'ann', a2: 'ann', b1: 'bob' };

const statuses = async (url: string, tokens: readonly string[]): Promise<number[]> => {
  const found: number[] = [];
  for (const token of tokens) found.push((await fetch(url, { headers: { token } })).status);
  return found;
};

function userOf(request: FastifyRequest): string {
  return wait(later(USERS[String(request.headers['token'])] ?? 'nobody'));
}

describe('@fastify/rate-limit', () => {
  it('limits a green route', async () => {
    const app = await greenServer();
    await app.register(rateLimit, { max: 2, timeWindow: '1 minute' });
    app.get('/', { green: true }, () => wait(later('in')));
    const url = await listen(app);
    expect(await statuses(url, ['a1', 'a1', 'a1'])).toEqual([200, 200, 429]);
    expect(app.green.pool().stats.completed).toBe(2);
  });

  it('takes a key generator that is a green function', async () => {
    const app = await greenServer();
    const keyGenerator = (request: FastifyRequest): Promise<string> => app.green.run(() => userOf(request));
    await app.register(rateLimit, { max: 1, timeWindow: '1 minute', keyGenerator });
    app.get('/', { green: true }, () => wait(later('in')));
    expect(await statuses(await listen(app), ['a1', 'a2', 'b1'])).toEqual([200, 429, 200]);
  });

  it('runs after a green hook that finds the key', async () => {
    const app = await greenServer();
    app.decorateRequest('user', '');
    app.addHook(
      'onRequest',
      app.green.hook((request) => {
        (request as { user?: string }).user = userOf(request);
      }),
    );
    const keyGenerator = (request: FastifyRequest): string => (request as { user?: string }).user as string;
    await app.register(rateLimit, { max: 1, timeWindow: '1 minute', keyGenerator });
    app.get('/', { green: true }, () => wait(later('in')));
    expect(await statuses(await listen(app), ['a1', 'a2', 'b1'])).toEqual([200, 429, 200]);
  });
});
