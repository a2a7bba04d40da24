// @fastify/cookie and @fastify/session: callback-style hooks and stores around green handlers.

import cookie from '@fastify/cookie';
import session from '@fastify/session';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';

import { wait } from '../../../src/index.ts';
import { concurrently, greenServer, later, listen } from './green-server.ts';

declare module 'fastify' {
  interface Session {
    visits: number;
  }
}

/** A store that answers later, through callbacks, as one over a network does. */
class LateStore {
  readonly #sessions = new Map<string, string>();

  set(id: string, value: unknown, callback: (error?: unknown) => void): void {
    this.#sessions.set(id, JSON.stringify(value));
    setImmediate(callback);
  }

  get(id: string, callback: (error: unknown, value?: never) => void): void {
    const found = this.#sessions.get(id);
    setImmediate(callback, null, found === undefined ? null : JSON.parse(found));
  }

  destroy(id: string, callback: (error?: unknown) => void): void {
    this.#sessions.delete(id);
    setImmediate(callback);
  }
}

async function server(): Promise<FastifyInstance> {
  const app = await greenServer();
  await app.register(cookie);
  await app.register(session, { secret: 's'.repeat(32), cookie: { secure: false }, store: new LateStore() });
  app.get('/', { green: true }, (request) => {
    const visits = wait(later(request.session.visits ?? 0)) + 1;
    wait(later(undefined));
    request.session.visits = visits;
    return { visits };
  });
  return app;
}

describe('@fastify/session', () => {
  it('saves what a green handler has put into the session after a wait', async () => {
    const url = await listen(await server());
    await concurrently(10, async () => {
      let cookies = '';
      for (const visits of [1, 2, 3]) {
        const answer = await fetch(url, { headers: { cookie: cookies } });
        cookies = answer.headers.get('set-cookie')?.split(';', 1)[0] ?? cookies;
        expect(await answer.json()).toEqual({ visits });
      }
    });
  });
});

describe('@fastify/cookie', () => {
  it('sets a cookie from a green handler after a wait', async () => {
    const app = await server();
    app.get('/set', { green: true }, (request, reply) => {
      reply.setCookie('seen', wait(later(request.cookies['seen'] ?? 'never')));
      return 'set';
    });
    const answer = await app.inject({ url: '/set', cookies: { seen: 'before' } });
    expect(answer.cookies.find(({ name }) => name === 'seen')?.value).toBe('before');
  });
});
