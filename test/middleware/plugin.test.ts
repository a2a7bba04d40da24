import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';

import { describe, expect, it } from 'vitest';

import { inContext, wait } from '../../src/index.ts';
import greenroom from '../../src/middleware/index.ts';
import { later } from '../support/turns.ts';
import { gate, plainServer, server, until } from './servers.ts';

describe('a route with green: true', () => {
  it('runs its handler in a context and sends what it returns', async () => {
    const app = await server();
    app.get('/', { green: true }, () => ({ inContext: inContext(), waited: wait(later('value')) }));
    expect((await app.inject('/')).json()).toEqual({ inContext: true, waited: 'value' });
  });

  it('sends a value returned without waiting', async () => {
    const app = await server();
    app.get('/', { green: true }, () => ({ plain: true }));
    expect((await app.inject('/')).json()).toEqual({ plain: true });
  });

  it.each<[string, () => unknown, string]>([
    ['a string', () => 'text', 'text'],
    ['a Buffer', () => Buffer.from('bytes'), 'bytes'],
    ['a stream', () => Readable.from(['a', 'b']), 'ab'],
    ['a Response', () => new Response('fetched'), 'fetched'],
    ['null', () => null, ''],
    ['a promise', () => later('promised'), 'promised'],
  ])('sends %s, before and after a wait', async (_kind, result, body) => {
    const app = await server();
    app.get('/at-once', { green: true }, () => result() as never);
    app.get('/waited', { green: true }, () => {
      wait(later(undefined));
      return result() as never;
    });
    const [atOnce, waited] = [await app.inject('/at-once'), await app.inject('/waited')];
    expect(atOnce.statusCode).toBe(200);
    expect(waited.body).toBe(atOnce.body);
    if (body !== '') expect(waited.body).toBe(body);
  });

  it('is sent once when the handler calls reply.send() itself, before or after a wait', async () => {
    const app = await server();
    app.get('/sends', { green: true }, (_request, reply) => {
      wait(later(undefined));
      reply.code(201).send({ sent: 'by the handler' });
    });
    app.get('/returns-reply', { green: true }, (_request, reply) => {
      wait(later(undefined));
      return reply.code(202).send('reply');
    });
    app.get('/works-on', { green: true }, (_request, reply) => {
      reply.send('early');
      wait(later(undefined));
    });
    expect((await app.inject('/sends')).statusCode).toBe(201);
    expect((await app.inject('/returns-reply')).body).toBe('reply');
    expect((await app.inject('/works-on')).body).toBe('early');
    while (app.green.pool().stats.active > 0) await later(undefined);
    expect(app.green.pool().stats).toMatchObject({ active: 0, completed: 3 });
  });

  it('may answer later from a callback, holding no worker meanwhile', async () => {
    const app = await server({ maxWorkers: 1, maxQueue: 0 });
    const { promise, open: answer } = gate();
    app.get('/at-once', { green: true }, (_request, reply) => {
      void promise.then(() => reply.send('later'));
    });
    app.get('/waited', { green: true }, (_request, reply) => {
      wait(later(undefined));
      void promise.then(() => reply.send('later'));
    });
    const first = app.inject('/at-once');
    const second = app.inject('/waited');
    while (app.green.pool().stats.completed < 2) await later(undefined);
    expect(app.green.pool().stats.active).toBe(0);
    answer();
    expect([(await first).body, (await second).body]).toEqual(['later', 'later']);
  });

  it('holds no worker while the stream that it has sent is under way', async () => {
    const app = await server({ maxWorkers: 1, maxQueue: 0 });
    const bodies = [new PassThrough(), new PassThrough(), new PassThrough()];
    const [sent, replied, returned] = bodies as [PassThrough, PassThrough, PassThrough];
    app.get('/sent', { green: true }, (_request, reply) => {
      wait(later(undefined));
      reply.send(sent);
    });
    app.get('/replied', { green: true }, (_request, reply) => {
      wait(later(undefined));
      return reply.send(replied);
    });
    app.get('/returned', { green: true }, () => wait(later(returned)));
    const responses: Promise<{ body: string }>[] = [];
    for (const path of ['/sent', '/replied', '/returned']) {
      responses.push(Promise.resolve(app.inject(path)));
      await until(() => app.green.pool().stats.completed === responses.length);
    }
    for (const body of bodies) body.end('streamed');
    expect((await Promise.all(responses)).map(({ body }) => body)).toEqual(['streamed', 'streamed', 'streamed']);
  });

  it('sends an empty reply for a promise of nothing, as Fastify does', async () => {
    const app = await server();
    app.get('/async', { green: true }, async () => {
      await later(undefined);
    });
    app.get('/promise', { green: true }, () => later(undefined) as never);
    app.get('/settled', { green: true }, async () => {});
    for (const url of ['/async', '/promise', '/settled']) {
      const { statusCode, body } = await app.inject(url);
      expect([statusCode, body]).toEqual([200, '']);
    }
  });

  it('gives the handler the instance as this', async () => {
    const app = await server();
    app.decorate('answer', 42);
    app.get('/', { green: true }, function () {
      return { answer: wait(later((this as unknown as { answer: number }).answer)) };
    });
    expect((await app.inject('/')).json()).toEqual({ answer: 42 });
  });

  it('answers HEAD too', async () => {
    const app = await server();
    app.get('/', { green: true }, () => wait(later('text')));
    const response = await app.inject({ method: 'HEAD', url: '/' });
    expect([response.statusCode, response.headers['content-length']]).toEqual([200, '4']);
  });

  it('works in child scopes, under a prefix', async () => {
    const app = await server();
    app.register(
      async (child) => {
        child.get('/', { green: true }, () => wait(later('child')));
      },
      { prefix: '/child' },
    );
    expect([(await app.inject('/child')).body, (await app.inject('/child/')).body]).toEqual(['child', 'child']);
  });

  it('refuses any other value of the option when the route is declared', async () => {
    const app = await server();
    expect(() => app.get('/', { green: 'yes' as unknown as boolean }, () => 1)).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }),
    );
  });

  it('leaves other routes alone', async () => {
    const app = await server();
    app.get('/async', async () => ({ inContext: inContext() }));
    app.get('/off', { green: false }, () => ({ inContext: inContext() }));
    expect((await app.inject('/async')).json()).toEqual({ inContext: false });
    expect((await app.inject('/off')).json()).toEqual({ inContext: false });
  });

  it("runs onSend hooks and serializers with the request's stores, not those of the handler's last wait", async () => {
    const storage = new AsyncLocalStorage<string>();
    const app = plainServer();
    app.addHook('onRequest', (_request, _reply, done) => storage.run('request', done));
    await app.register(greenroom);
    const seen: unknown[] = [];
    app.addHook('onSend', async () => {
      seen.push(storage.getStore());
    });
    app.get('/', { green: true }, () => {
      seen.push(storage.getStore());
      storage.run('handler', () => wait(later(undefined)));
      seen.push(storage.getStore());
      return 'text';
    });
    await app.inject('/');
    expect(seen).toEqual(['request', 'request', 'request']);
  });
});

describe('an error', () => {
  it("reaches Fastify's error handler, thrown before or after a wait", async () => {
    const app = await server();
    app.setErrorHandler((error, _request, reply) => {
      reply.code(418).send({ handled: (error as Error).message });
    });
    app.get('/at-once', { green: true }, () => {
      throw new Error('at once');
    });
    app.get('/waited', { green: true }, () => {
      wait(later(undefined));
      throw new Error('waited');
    });
    app.get('/rejected', { green: true }, () => wait(Promise.reject(new Error('rejected'))));
    for (const [url, handled] of [
      ['/at-once', 'at once'],
      ['/waited', 'waited'],
      ['/rejected', 'rejected'],
    ] as const) {
      const response = await app.inject(url);
      expect([response.statusCode, response.json()]).toEqual([418, { handled }]);
    }
  });

  it.each([[undefined], [null], [0], ['']])('may be %o', async (thrown) => {
    const app = await server();
    app.get('/', { green: true }, () => {
      wait(later(undefined));
      throw thrown;
    });
    expect((await app.inject('/')).statusCode).toBe(500);
    expect(app.green.pool().stats).toMatchObject({ active: 0, failed: 1 });
  });
});

describe('a full pool', () => {
  it('answers 503 with Retry-After and counts, also through a custom error handler', async () => {
    const app = await server({ maxWorkers: 1, maxQueue: 1, retryAfter: 7 });
    const { promise, open: release } = gate();
    app.get('/', { green: true }, () => {
      wait(promise);
      return 'served';
    });
    const served = [app.inject('/'), app.inject('/')];
    while (app.green.pool().stats.queued === 0) await later(undefined);
    const refused = await app.inject('/');
    expect(refused.statusCode).toBe(503);
    expect(refused.headers['retry-after']).toBe('7');
    expect(refused.json()).toMatchObject({ code: 'GREEN_ERR_POOL_FULL', message: expect.stringContaining('1 of 1') });
    release();
    expect((await Promise.all(served)).map((response) => response.body)).toEqual(['served', 'served']);
    expect((await app.inject('/')).body).toBe('served');
  });
});

describe('a green onResponse hook', () => {
  it('is not cancelled when the response has closed before it begins', async () => {
    const app = await server();
    app.addHook('onResponse', async (_request, reply) => {
      if (!reply.raw.closed) await once(reply.raw, 'close');
    });
    const { promise, open: ended } = gate();
    app.addHook(
      'onResponse',
      app.green.hook(() => {
        wait(later(undefined));
        ended();
      }),
    );
    app.get('/', () => 'answer');
    expect(await (await fetch(await app.listen({ port: 0, host: '127.0.0.1' }))).text()).toBe('answer');
    await promise;
  });
});

describe('fastify.green', () => {
  it('runs functions in the pool and reports its counts', async () => {
    const app = await server({ maxWorkers: 3, maxQueue: 5 });
    expect(await app.green.run(() => wait(later('ran')))).toBe('ran');
    expect(app.green.pool().stats).toMatchObject({ maxWorkers: 3, maxQueue: 5, completed: 1 });
  });
});
