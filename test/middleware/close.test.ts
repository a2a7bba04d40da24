import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { wait } from '../../src/index.ts';
import greenroom from '../../src/middleware/index.ts';
import { later } from '../support/turns.ts';
import { warningOf } from '../support/warnings.ts';
import { connectTo, gate, plainServer, received, send, server, until } from './servers.ts';

const never = (): Promise<never> => new Promise(() => {});

describe('close', () => {
  it('lets requests in flight and queued finish, and closes their keep-alive sockets', async () => {
    const app = await server({ maxWorkers: 1 });
    const { promise, open } = gate();
    app.get('/', { green: true }, () => wait(promise) ?? 'drained');
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const agent = new Agent({ keepAlive: true });
    const get = async (): Promise<[number | undefined, string, string | undefined]> => {
      const request = httpRequest(url, { agent }).end();
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      const body = (await response.setEncoding('utf8').toArray()).join('');
      return [response.statusCode, body, response.headers.connection];
    };
    const answers = [get(), get()];
    await until(() => app.green.pool().stats.queued === 1);

    const closed = app.close();
    await until(() => !app.server.listening);
    open();
    expect(await Promise.all(answers)).toEqual([
      [200, 'drained', 'close'],
      [200, 'drained', 'close'],
    ]);
    await closed; // plain Fastify waits for the keep-alive timeout here: 72 s
    agent.destroy();
  });

  it('closes the keep-alive socket of a reply whose headers were out already', async () => {
    const app = await server();
    const { promise, open } = gate();
    app.get('/', { green: true }, function* () {
      yield 'begun,';
      wait(promise);
      yield 'ended';
    });
    const socket = await send(app, '/', ['connection: keep-alive']);
    await once(socket, 'readable');
    const closed = app.close();
    await until(() => !app.server.listening);
    open();
    expect(await received(socket)).toContain('ended');
    await closed;
  });

  it('cancels after drainTimeout what has not ended, answers it with 503, and tells what it was', async () => {
    const warned = warningOf('GREEN_WARN_SHUTDOWN_OVERDUE');
    const app = await server({ drainTimeout: 20 });
    let cleanedUp = '';
    app.get('/stuck', { green: true }, () => {
      try {
        wait(never());
      } finally {
        cleanedUp = wait(later('cleaned up'));
      }
    });
    const socket = await send(app, '/stuck');
    await until(() => app.green.pool().stats.active === 1);
    await app.close();
    expect(cleanedUp).toBe('cleaned up');
    expect(await received(socket)).toMatch(/^HTTP\/1.1 503 .*GREEN_ERR_POOL_CLOSED/s);
    const { message, detail } = await warned;
    expect(message).toContain('Pool default: 1 task did not end');
    expect(detail).toContain('GET /stuck');
  });

  it('ends after drainTimeout a stream whose client does not read, and runs its finally', async () => {
    const app = await server({ drainTimeout: 20 });
    let ended = false;
    app.get('/', { green: true }, function* () {
      try {
        for (;;) yield 'x'.repeat(64 * 1024);
      } finally {
        ended = wait(later(true));
      }
    });
    const socket = await send(app, '/');
    socket.pause();
    await sleep(30);
    await app.close();
    await until(() => ended);
    socket.destroy();
  });

  it('drains before the onClose hooks run, so that handlers keep what they use', async () => {
    const app = await server();
    const { promise, open } = gate();
    let databaseOpen = true;
    app.addHook('onClose', async () => {
      databaseOpen = false;
    });
    app.get('/', { green: true }, () => {
      wait(promise);
      return { databaseOpen };
    });
    const answer = app.inject('/');
    await until(() => app.green.pool().stats.active === 1);
    const closed = app.close();
    await until(() => app.green.pool().closed);
    open();
    expect((await answer).json()).toEqual({ databaseOpen: true });
    await closed;
    expect(databaseOpen).toBe(false);
  });

  it('lets a request in flight make the requests within the pool that it needs to end', async () => {
    const app = await server();
    const { promise, open } = gate();
    app.get('/', { green: true }, () => {
      wait(promise);
      return wait((async () => app.green.run(() => wait(later('inner'))))());
    });
    const answer = app.inject('/');
    await until(() => app.green.pool().stats.active === 1);
    const closed = app.close();
    await until(() => app.green.pool().closed);
    open();
    expect((await answer).body).toBe('inner');
    await closed;
  });

  it('refuses work that comes by another way', async () => {
    const app = await server();
    await app.close();
    await expect(app.green.run(() => 1)).rejects.toMatchObject({ code: 'GREEN_ERR_POOL_CLOSED' });
  });

  it('is not made to fail by what its hooks resolve to', async () => {
    const app = plainServer();
    await app.register(greenroom);
    app.get('/', { green: true }, () => wait(later('ok')));
    expect((await app.inject('/')).body).toBe('ok');
    expect(await app.close()).toBeUndefined();
  });
});

describe('a request, while the server closes,', () => {
  it('is served if it was in flight, on its way to its handler', async () => {
    const app = await server();
    const { promise, open } = gate();
    let arrived = false;
    app.addHook('onRequest', async () => {
      arrived = true;
      await promise;
    });
    app.get('/', { green: true }, () => wait(later('served')));
    const socket = await send(app, '/');
    await until(() => arrived);
    const closed = app.close();
    await until(() => !app.server.listening);
    open();
    expect(await received(socket)).toMatch(/^HTTP\/1.1 200 .*served$/s);
    await closed;
  });

  it('is served behind another one that was pipelined before it', async () => {
    const app = await server();
    const { promise, open } = gate();
    app.get('/', { green: true }, () => wait(promise) ?? 'served');
    const socket = await connectTo(app);
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(3));
    await until(() => app.green.pool().stats.active === 3);
    const closed = app.close();
    await until(() => !app.server.listening);
    open();
    expect((await received(socket)).match(/served/g)).toHaveLength(3);
    await closed;
  });
});
