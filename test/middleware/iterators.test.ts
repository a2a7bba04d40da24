import { AsyncLocalStorage } from 'node:async_hooks';

import { describe, expect, it } from 'vitest';

import { inContext, isCancelled, wait } from '../../src/index.ts';
import { later } from '../support/turns.ts';
import { gate, received, send, server, until } from './servers.ts';

const never = (): Promise<never> => new Promise(() => {});
const CHUNK = 'x'.repeat(16 * 1024);

/** Without return(), and waiting in next(). */
class Countdown implements IterableIterator<string> {
  #left: number;
  constructor(from: number) {
    this.#left = from;
  }
  [Symbol.iterator](): this {
    return this;
  }
  next(): IteratorResult<string> {
    wait(later(undefined));
    return this.#left === 0 ? { done: true, value: undefined } : { done: false, value: `${this.#left--}` };
  }
}

describe('a handler that returns an iterator', () => {
  it('streams what a generator yields, between waits', async () => {
    const app = await server();
    app.get('/', { green: true }, function* (_request, reply) {
      reply.type('text/csv');
      for (const row of ['a', 'b', 'c']) yield `${wait(later(row))}\n`;
    });
    const response = await app.inject('/');
    expect([response.headers['content-type'], response.body]).toEqual(['text/csv', 'a\nb\nc\n']);
  });

  it.each<[string, () => unknown, string]>([
    ['one returned after a wait', () => wait(later(['1', '2', '3'].values())), '123'],
    ['bytes', () => [new Uint8Array([104, 105])].values(), 'hi'],
    ['nothing', () => [].values(), ''],
    ['an iterator of its own making', () => new Countdown(3), '321'],
  ])('streams %s', async (_name, handler, body) => {
    const app = await server();
    app.get('/', { green: true }, handler);
    const response = await app.inject('/');
    expect([response.statusCode, response.body]).toEqual([200, body]);
  });

  it('takes no array, string, Buffer or stream for one', async () => {
    const app = await server();
    app.get('/', { green: true }, () => [1, 2]);
    expect((await app.inject('/')).json()).toEqual([1, 2]);
  });

  it('answers with an error what fails before the first chunk', async () => {
    const app = await server();
    // biome-ignore lint/correctness/useYield: it fails before.
    app.get('/', { green: true }, function* () {
      wait(later(undefined));
      throw Object.assign(new Error('no such report'), { statusCode: 404 });
    });
    const response = await app.inject('/');
    expect([response.statusCode, response.json().message]).toEqual([404, 'no such report']);
  });

  it('closes the connection of what fails later, so that half a reply is not taken for a whole one', async () => {
    const app = await server();
    app.get('/', { green: true }, function* () {
      yield 'first';
      wait(later(undefined));
      throw new Error('half way');
    });
    const socket = await send(app, '/');
    const text = await received(socket);
    expect(text).toContain('first');
    expect(text).not.toMatch(/\r\n0\r\n\r\n$/);
  });

  it.each([
    ['first', [5]],
    ['later', ['text', { an: 'object' }]],
  ])('refuses a chunk that is neither text nor bytes, %s', async (_when, chunks) => {
    const app = await server();
    let ended = false;
    app.get('/', { green: true }, function* () {
      try {
        yield* chunks;
      } finally {
        ended = true;
      }
    });
    if (chunks.length === 1) expect((await app.inject('/')).json().code).toBe('GREEN_ERR_CHUNK_INVALID');
    else expect(await received(await send(app, '/'))).not.toMatch(/\r\n0\r\n\r\n$/);
    await until(() => ended);
  });

  it('holds no worker, and produces no more, while its client does not read', async () => {
    const app = await server({ maxWorkers: 1 });
    let produced = 0;
    app.get('/', { green: true }, function* () {
      for (; produced < 10_000; produced++) yield wait(later(CHUNK));
    });
    const socket = await send(app, '/');
    socket.pause();
    let before = -1;
    while (produced === 0 || produced !== before) {
      before = produced;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(produced).toBeLessThan(1000);
    expect(app.green.pool().stats).toMatchObject({ active: 0, queued: 0 });
    expect(await app.green.run(() => 'the only worker is free')).toBe('the only worker is free');
    socket.destroy();
    await until(() => app.green.pool().stats.active === 0);
  });

  it.each([
    ['between two steps', (): unknown => CHUNK],
    ['in the middle of one', (): unknown => wait(never())],
  ])('runs its finally in a context when the client goes %s, where it may wait', async (_when, next) => {
    const app = await server();
    const log: unknown[] = [];
    app.get('/', { green: true }, function* () {
      try {
        for (;;) {
          yield CHUNK;
          yield next() as string;
        }
      } catch (error) {
        log.push(isCancelled(error));
        throw error;
      } finally {
        log.push(inContext(), wait(later('given back')));
      }
    });
    const socket = await send(app, '/');
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await until(() => log.includes('given back'));
    expect(log.slice(-2)).toEqual([true, 'given back']);
    await until(() => app.green.pool().stats.active === 0);
  });

  it("keeps the request's AsyncLocalStorage stores in every step", async () => {
    const storage = new AsyncLocalStorage<string>();
    const app = await server();
    app.addHook('onRequest', (_request, _reply, done) => storage.run('request', done));
    app.get('/', { green: true }, function* () {
      for (let i = 0; i < 20; i++) {
        wait(later(undefined));
        yield `${storage.getStore()},`;
        yield CHUNK;
      }
    });
    const response = await app.inject('/');
    expect(response.body.replaceAll('x', '')).toBe('request,'.repeat(20));
  });

  it('goes on in a full pool: a reply that has begun comes before requests that have not', async () => {
    const app = await server({ maxWorkers: 1, maxQueue: 1 });
    const { promise, open } = gate();
    app.get('/stream', { green: true }, function* () {
      yield 'begun,';
      wait(promise);
      yield 'ended';
    });
    app.get('/', { green: true }, () => 'plain');
    const stream = app.inject('/stream');
    await until(() => app.green.pool().stats.active === 1);
    const plain = app.inject('/');
    open();
    expect([(await stream).body, (await plain).body]).toEqual(['begun,ended', 'plain']);
  });
});
