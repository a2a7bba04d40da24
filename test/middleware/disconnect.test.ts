import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { isCancelled, wait } from '../../src/index.ts';
import { later } from '../support/turns.ts';
import { connectTo, gate, logged, received, send, server, until } from './servers.ts';

const never = (): Promise<never> => new Promise(() => {});

function* endless(onEnd: () => void): Generator<string> {
  try {
    for (;;) yield 'x'.repeat(16 * 1024);
  } finally {
    wait(later(undefined));
    onEnd();
  }
}

describe('a client that goes away', () => {
  it.each([
    ['a GET', ''],
    ['a POST whose body has been read', '{"read":true}'],
  ])('cancels its handler, of %s, whose clean-up may wait', async (_name, body) => {
    const app = await server();
    const log: unknown[] = [];
    app.route({
      method: ['GET', 'POST'],
      url: '/',
      green: true,
      handler: () => {
        try {
          wait(never());
        } catch (error) {
          log.push(isCancelled(error), (error as { reason?: string }).reason);
          throw error;
        } finally {
          log.push(wait(later('cleaned up')));
        }
      },
    });
    const headers = body === '' ? [] : ['content-type: application/json', `content-length: ${body.length}`];
    const socket = await send(app, '/', headers, body);
    await until(() => app.green.pool().stats.active === 1);
    socket.destroy();
    await until(() => app.green.pool().stats.active === 0);
    expect(log).toEqual([true, 'disconnect', 'cleaned up']);
    expect(app.green.pool().stats).toMatchObject({ cancelled: 1, queued: 0 });
  });

  it('is not taken for gone because its body has been read (request.signal is aborted then)', async () => {
    const app = await server();
    app.post('/', { green: true }, (request) => {
      wait(sleep(30));
      return { got: request.body };
    });
    const body = '{"a":1}';
    const socket = await send(
      app,
      '/',
      ['content-type: application/json', `content-length: ${body.length}`, 'connection: close'],
      body,
    );
    expect(await received(socket)).toMatch(/^HTTP\/1.1 200 .*\{"got":\{"a":1\}\}$/s);
  });

  it('leaves the queue, and its handler never starts', async () => {
    const app = await server({ maxWorkers: 1 });
    const { promise, open } = gate();
    let started = 0;
    app.get('/', { green: true }, () => {
      started++;
      wait(promise);
      return 'served';
    });
    const first = await send(app, '/', ['connection: close']);
    await until(() => app.green.pool().stats.active === 1);
    const second = await send(app, '/');
    await until(() => app.green.pool().stats.queued === 1);
    second.destroy();
    await until(() => app.green.pool().stats.queued === 0);
    open();
    expect(await received(first)).toContain('served');
    expect(started).toBe(1);
  });

  it('is logged with status 499, and reaches neither error handler nor onError hook', async () => {
    const { lines, options } = logged();
    const app = await server({}, options);
    const called: string[] = [];
    app.setErrorHandler(() => called.push('error handler'));
    app.addHook('onError', async () => {
      called.push('onError');
    });
    app.get('/', { green: true }, () => wait(never()));
    const socket = await send(app, '/');
    await until(() => app.green.pool().stats.active === 1);
    socket.destroy();
    await until(() => lines.some(({ statusCode }) => statusCode === 499));
    expect(lines.find(({ statusCode }) => statusCode === 499)).toMatchObject({
      level: 30,
      reqId: expect.any(String),
      msg: 'the client went away',
      waitedMs: expect.any(Number),
    });
    expect(called).toEqual([]);
  });

  it('has the failure of a clean-up logged as a warning', async () => {
    const { lines, options } = logged();
    const app = await server({}, options);
    app.get('/', { green: true }, () => {
      try {
        wait(never());
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: what legacy clean-up does.
        throw new Error('the rollback failed');
      }
    });
    const socket = await send(app, '/');
    await until(() => app.green.pool().stats.active === 1);
    socket.destroy();
    await until(() => lines.some(({ level }) => level === 40));
    expect(lines.find(({ level }) => level === 40)).toMatchObject({ err: { message: 'the rollback failed' } });
  });

  it('is let be with cancelOnDisconnect: false, of the plugin or of the route', async () => {
    const app = await server({ cancelOnDisconnect: false });
    const { promise, open } = gate();
    const done: string[] = [];
    const handler = (name: string) => () => {
      wait(promise);
      done.push(name);
    };
    app.get('/plugin', { green: true }, handler('plugin'));
    app.get('/route', { green: { cancelOnDisconnect: false } }, handler('route'));
    for (const path of ['/plugin', '/route']) (await send(app, path)).destroySoon();
    await until(() => app.green.pool().stats.active === 2);
    await sleep(20);
    open();
    await until(() => done.length === 2);
    expect(app.green.pool().stats.cancelled).toBe(0);
  });

  it('does not stop work that goes on after its reply was sent', async () => {
    const app = await server();
    const { promise, open } = gate();
    let audited = false;
    app.get('/', { green: true }, (_request, reply) => {
      reply.send('sent');
      wait(promise);
      audited = true;
    });
    const socket = await send(app, '/', ['connection: close']);
    expect(await received(socket)).toContain('sent');
    await later(undefined);
    open();
    await until(() => app.green.pool().stats.active === 0);
    expect(audited).toBe(true);
  });

  it.each<[string, (note: () => void) => object]>([
    ['a stream', (note) => new Readable({ destroy: note })],
    ['a web stream', (note) => new ReadableStream({ cancel: note })],
    ['a Response', (note) => new Response(new ReadableStream({ cancel: note }))],
    ['a generator', (note) => endless(note)],
  ])('has %s that its handler returns all the same given back', async (_kind, payload) => {
    const app = await server();
    let givenBack = false;
    app.get('/', { green: true }, () => {
      try {
        wait(never());
      } catch {
        return payload(() => {
          givenBack = true;
        });
      }
    });
    const socket = await send(app, '/');
    await until(() => app.green.pool().stats.active === 1);
    socket.destroy();
    await until(() => givenBack);
  });

  it('ends a stream behind another one on its pipelined connection', async () => {
    const app = await server();
    app.get('/stalls', { green: true }, () => wait(never()));
    let ended = false;
    app.get('/stream', { green: true }, () =>
      endless(() => {
        ended = true;
      }),
    );
    const socket = await connectTo(app);
    socket.write(['/stalls', '/stream'].map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).join(''));
    await until(() => app.green.pool().stats.active === 1 && app.green.pool().stats.completed > 0);
    socket.destroy();
    await until(() => ended);
  });

  it('cancels each of its pipelined requests', async () => {
    const app = await server();
    app.get('/', { green: true }, () => wait(never()));
    const socket = await connectTo(app);
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(3));
    await until(() => app.green.pool().stats.active === 3);
    socket.destroy();
    await until(() => app.green.pool().stats.active === 0);
    expect(app.green.pool().stats.cancelled).toBe(3);
  });
});
