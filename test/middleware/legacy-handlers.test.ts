// Single functions in a pool: (req, res), (req, res, next), error middleware; as a server, in Express, in Fastify.

import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

import fastifyExpress from '@fastify/express';
import express, { type NextFunction, type Request, type Response } from 'express';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';

import { inContext, wait } from '../../src/index.ts';
import {
  greenroom,
  legacyRoutes,
  type PooledListener,
  type RunInPoolOptions,
  readBody,
  runInPool,
  writeChunk,
} from '../../src/middleware/index.ts';
import { later } from '../support/turns.ts';
import {
  call,
  closeServers,
  gate,
  lastServer,
  open,
  postJson,
  received,
  serve,
  sleep,
  until,
} from './legacy-servers.ts';

let fastify: FastifyInstance | undefined;

afterEach(async () => {
  closeServers();
  await fastify?.close();
  fastify = undefined;
});

describe('a (req, res) handler', () => {
  it('as all of a server is answered for: its timeout once, with a bare 504', async () => {
    const listener = runInPool(
      () => {
        wait(sleep(5000));
      },
      { timeout: 30, timeoutStatus: 504 },
    );
    const answer = await call(await serve(listener));
    expect([answer.status, answer.body]).toEqual([504, 'Gateway Timeout\n']);
    await until(() => listener.pool.stats.active === 0);
    expect(listener.pool.stats.cancelled).toBe(1);
  });

  it('is cancelled with its client, running or queued', async () => {
    const ended: string[] = [];
    const listener = runInPool(
      (req) => {
        try {
          wait(sleep(5000));
        } finally {
          ended.push(String(req.url));
        }
      },
      { maxWorkers: 1, onError: (error) => ended.push(String(error)) },
    );
    const url = await serve(listener);
    const running = await open(url, 'GET /running HTTP/1.1\r\nhost: x\r\n\r\n');
    await until(() => listener.pool.stats.active === 1);
    const queued = await open(url, 'GET /queued HTTP/1.1\r\nhost: x\r\n\r\n');
    await until(() => listener.pool.stats.queued === 1);
    queued.destroy();
    await until(() => listener.pool.stats.queued === 0);
    running.destroy();
    await until(() => listener.pool.stats.active === 0);
    expect(ended).toEqual(['/running']);
  });

  it('drains by shutdown(), and its keep-alive connection does not keep the server', async () => {
    const { opened, open: release } = gate();
    const listener = runInPool((_req, res) => {
      res.write('begun ');
      wait(opened);
      res.end('done');
    });
    const url = await serve(listener);
    const socket = await open(url, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await until(() => listener.pool.stats.active === 1);
    const closed = once(lastServer(), 'close');
    lastServer().close();
    const down = listener.shutdown();
    release();
    expect(await received(socket, /done/)).toContain('begun');
    const beganAt = Date.now();
    await Promise.all([down, closed]);
    expect(Date.now() - beganAt).toBeLessThan(1000);
  });

  it('writes at the pace of its reader', async () => {
    const listener = runInPool((_req, res) => {
      for (let at = 0; at < 64; at++) writeChunk(res, Buffer.alloc(65_536, 'x'));
      res.end('end');
    });
    const url = await serve(listener);
    const socket = await open(url, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    socket.pause();
    await until(() => listener.pool.stats.active === 1);
    await sleep(20);
    expect(listener.pool.stats.active).toBe(1);
    await received(socket, /end/);
    await until(() => listener.pool.stats.active === 0);
  });

  it('in Express fails into error middleware, refusals and timeouts too', async () => {
    const app = express();
    app.get(
      '/throws',
      runInPool((_req, _res) => {
        wait(later(0));
        throw new Error('after a wait');
      }),
    );
    const { opened, open: release } = gate();
    const serves = (_req: Request, res: Response): void => {
      wait(opened);
      res.send('served');
    };
    const full = runInPool(serves, { maxWorkers: 1, maxQueue: 0 });
    app.get('/full', full);
    app.get('/slow', runInPool(serves, { timeout: 30 }));
    app.use((error: Error & { code?: string }, _req: Request, res: Response, _next: NextFunction) => {
      res.status(500).send(error.code ?? error.message);
    });
    const url = await serve(app);
    expect((await call(`${url}/throws`)).body).toBe('after a wait');
    const served = call(`${url}/full`);
    await until(() => full.pool.stats.active === 1);
    const refused = await call(`${url}/full`);
    expect([refused.body, refused.headers['retry-after']]).toEqual(['GREEN_ERR_POOL_FULL', '1']);
    expect((await call(`${url}/slow`)).body).toBe('GREEN_ERR_REQUEST_TIMEOUT');
    release();
    expect((await served).body).toBe('served');
  });
});

describe('a (req, res, next) function', () => {
  it('goes on in its context by next()', async () => {
    const als = new AsyncLocalStorage<string>();
    const app = express();
    const order: string[] = [];
    app.use((_req, _res, next) => als.run('outside', next));
    app.use(
      runInPool((_req, _res, next) => {
        wait(later(0));
        als.run('inside', () => next());
        order.push('after next()');
      }),
    );
    app.get('/', (_req, res) => {
      res.send(wait(later(`${inContext()} ${als.getStore()}`)));
    });
    const url = await serve(app);
    expect((await call(url)).body).toBe('true inside');
    expect(order).toEqual(['after next()']);
  });

  it('as all of a server is answered for: 404 after next(), 500 after next(error)', async () => {
    const errors: unknown[] = [];
    const url = await serve(
      runInPool(
        (req: IncomingMessage, _res: ServerResponse, next) => {
          wait(later(0));
          next(req.url === '/bad' ? 'bad' : undefined);
        },
        { onError: (error) => errors.push(error) },
      ),
    );
    expect((await call(url)).status).toBe(404);
    expect((await call(`${url}/bad`)).status).toBe(500);
    expect(errors).toEqual(['bad']);
  });

  it('that is async is left alone among other middleware', async () => {
    const app = express();
    const middleware = runInPool(async (_req: IncomingMessage, _res: ServerResponse, next) => {
      await later(0);
      next();
    });
    app.use(middleware);
    app.get('/', (_req, res) => {
      res.send(String(inContext()));
    });
    expect((await call(await serve(app))).body).toBe('false');
    expect(middleware.pool.stats.completed).toBe(0);
  });

  it('holds no worker for a promise that it returns, and lets Express 5 hear of its rejection', async () => {
    const app = express();
    const { opened, open: release } = gate();
    const middleware = runInPool(((_req: unknown, _res: unknown, _next: unknown) => {
      wait(later(0));
      return opened.then(() => Promise.reject(new Error('rejected')));
    }) as never);
    app.use(middleware as never);
    app.use((error: Error, _req: Request, res: Response, _next: NextFunction) => {
      res.send(error.message);
    });
    const answer = call(await serve(app));
    await until(() => (middleware as { pool: { stats: { completed: number } } }).pool.stats.completed === 1);
    release();
    expect((await answer).body).toBe('rejected');
  });
});

describe('error middleware', () => {
  it('is known by its four parameters, waits, and throws on to the next', async () => {
    const app = express();
    const first = runInPool((error: Error, _req: Request, _res: Response, _next: NextFunction) => {
      throw new Error(wait(later(`${error.message}, then wrapped`)));
    });
    expect(first).toHaveLength(4);
    app.use(() => {
      throw new Error('thrown');
    });
    app.use(first as never);
    app.use((error: Error, _req: Request, res: Response, _next: NextFunction) => {
      res.send(error.message);
    });
    expect((await call(await serve(app))).body).toBe('thrown, then wrapped');
  });

  it('whose parameters do not show is named', () => {
    const hidden = (...args: unknown[]): unknown => args;
    expect(runInPool(hidden as never, { kind: 'error' })).toHaveLength(4);
  });
});

describe('waitForBody', () => {
  const echo = (options: RunInPoolOptions): PooledListener =>
    runInPool((req: IncomingMessage & { body?: Buffer }, res: ServerResponse) => {
      res.end(`${wait(later(String(req.body)))} ${readBody(req)}`);
    }, options);

  it('takes a worker when all of the body is there', async () => {
    const listener = echo({ waitForBody: true, maxWorkers: 1, maxQueue: 0 }) as never as Parameters<
      typeof legacyRoutes
    >[0];
    const url = await serve(listener);
    const slow = await open(url, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 6\r\n\r\nabc');
    await sleep(10);
    expect(listener.pool.stats.active).toBe(0);
    expect((await call(url, { method: 'POST' }, 'whole')).body).toBe('whole ');
    expect((await call(url)).body).toBe(' ');
    slow.write('def');
    await received(slow, /abcdef/);
  });

  it('keeps the async context of the request', async () => {
    const als = new AsyncLocalStorage<string>();
    const listener = runInPool((_req, res) => res.end(als.getStore()), { waitForBody: true });
    const url = await serve((req: IncomingMessage, res: ServerResponse) => als.run('mine', () => listener(req, res)));
    const socket = await open(url, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\na');
    await sleep(5);
    socket.write('b');
    await received(socket, /mine/);
  });

  it('answers 413 to what is too large, announced or not, and closes', async () => {
    const url = await serve(echo({ waitForBody: { limit: 3 } }));
    const announced = await call(url, { method: 'POST' }, 'four');
    expect([announced.status, announced.headers.connection]).toEqual([413, 'close']);
    const chunked = await call(url, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } }, 'four');
    expect([chunked.status, chunked.body]).toEqual([413, 'Payload Too Large\n']);
    expect((await call(url, { method: 'POST' }, 'ok!')).body).toBe('ok! ');
  });

  it('runs nothing for a client that goes before', async () => {
    const listener = echo({ waitForBody: true });
    const url = await serve(listener);
    const socket = await open(url, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 6\r\n\r\nabc');
    await sleep(5);
    socket.destroy();
    await sleep(10);
    expect(listener.pool.stats.completed + listener.pool.stats.active).toBe(0);
    await listener.shutdown();
  });

  it.each([
    [{ waitForBody: 1 }],
    [{ waitForBody: { limit: -1 } }],
    [{ waitForBody: { max: 1 } }],
    [{ waitForBody: true, kind: 'app' }],
  ])('refuses %o', (options) => {
    expect(() => runInPool(() => {}, options as RunInPoolOptions)).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }),
    );
  });
});

describe('under Fastify', () => {
  function legacyApp(): express.Express {
    const app = express();
    app.use(express.json());
    app.all('/hello', (req, res) => {
      res.send(wait(later(`${req.method} ${req.originalUrl} ${req.url} ${JSON.stringify(req.body)} ${inContext()}`)));
    });
    app.get('/fails', () => {
      wait(later(0));
      throw Object.assign(new Error('conflict'), { status: 409 });
    });
    app.use((error: Error & { status: number }, _req: Request, res: Response, _next: NextFunction) => {
      res.status(error.status).send(error.message);
    });
    return app;
  }

  it('mounts by @fastify/express, beside green routes', async () => {
    fastify = Fastify();
    await fastify.register(fastifyExpress);
    await fastify.register(greenroom);
    fastify.use('/legacy', runInPool(legacyApp(), { pool: fastify.green.pool() }));
    fastify.get('/green', { green: true }, () => wait(later('green')));
    const url = await fastify.listen({ port: 0, host: '127.0.0.1' });
    expect((await call(`${url}/legacy/hello`)).body).toMatch(/^GET \/legacy\/hello \/hello .* true$/);
    expect((await postJson(`${url}/legacy/hello`, { a: 1 })).body).toBe('POST /legacy/hello /hello {"a":1} true');
    expect((await call(`${url}/legacy/fails`)).status).toBe(409);
    expect((await call(`${url}/legacy/nowhere`)).status).toBe(404);
    expect((await call(`${url}/green`)).body).toBe('green');
  });

  it('mounts by legacyRoutes() under a prefix, bodies unread, and shuts down with Fastify', async () => {
    fastify = Fastify();
    await fastify.register(greenroom, { all: true });
    const listener = runInPool(legacyApp());
    await fastify.register(legacyRoutes(listener), { prefix: '/legacy' });
    fastify.post('/modern', { green: true }, (request) => wait(later(request.body as object)));
    const url = await fastify.listen({ port: 0, host: '127.0.0.1' });
    expect((await postJson(`${url}/legacy/hello?a=b`, { a: 1 })).body).toBe(
      'POST /legacy/hello?a=b /hello?a=b {"a":1} true',
    );
    expect((await call(`${url}/legacy`)).status).toBe(404);
    expect((await call(`${url}/legacy/fails`)).body).toBe('conflict');
    expect((await postJson(`${url}/modern`, { b: 2 })).body).toBe('{"b":2}');
    await fastify.close();
    expect(listener.pool.closed).toBe(true);
  });

  it('mounts Express by legacyRoutes() beside @fastify/express', async () => {
    fastify = Fastify();
    const app = express();
    app.get('/hello', (_req, res) => {
      res.send(`Hello ${wait(later('Express'))}`);
    });
    await fastify.register(legacyRoutes(runInPool(app)), { prefix: '/legacy' });
    await fastify.register(fastifyExpress);
    const url = await fastify.listen({ port: 0, host: '127.0.0.1' });
    expect((await call(`${url}/legacy/hello`)).body).toBe('Hello Express');
  });

  it('has legacyRoutes() refuse what is no listener of a pool, and bad options', () => {
    const code = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
    expect(() => legacyRoutes((() => {}) as never)).toThrow(code);
    const listener = runInPool((_req, res) => res.end());
    expect(() => legacyRoutes(listener, { drian: 1 } as never)).toThrow(code);
    expect(() => legacyRoutes(listener, { drain: -1 })).toThrow(code);
  });

  it('mounts at the root, and any handler', async () => {
    fastify = Fastify();
    await fastify.register(legacyRoutes(runInPool((req, res) => res.end(wait(later(req.url))))));
    const url = await fastify.listen({ port: 0, host: '127.0.0.1' });
    expect((await call(`${url}/a/b?c`)).body).toBe('/a/b?c');
  });

  it.each(['a pool of its own', "the plugin's pool"])(
    'closes at once although a keep-alive client was in flight, in %s',
    async (whose) => {
      const { opened, open: release } = gate();
      fastify = Fastify();
      await fastify.register(fastifyExpress);
      await fastify.register(greenroom);
      const own = whose === 'a pool of its own';
      const listener = runInPool(
        (_req, res) => {
          wait(opened);
          res.end('done');
        },
        own ? {} : { pool: fastify.green.pool() },
      );
      if (own) await fastify.register(legacyRoutes(listener), { prefix: '/legacy' });
      else fastify.use('/legacy', listener);
      const url = await fastify.listen({ port: 0, host: '127.0.0.1' });
      const socket = await open(url, 'GET /legacy/ HTTP/1.1\r\nhost: x\r\n\r\n');
      await until(() => listener.pool.stats.active === 1);
      const beganAt = Date.now();
      const closing = fastify.close();
      await sleep(20);
      release();
      await received(socket, /done/);
      await closing;
      expect(Date.now() - beganAt).toBeLessThan(2000);
    },
  );
});

describe('runInPool', () => {
  it.each([[{ kind: 'koa' }], [{ kind: 1 }], [{ drain: 1 }], [{ serverTiming: true }]])('refuses %o', (options) => {
    expect(() => runInPool(() => {}, options as RunInPoolOptions)).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }),
    );
  });
});
