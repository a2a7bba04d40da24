// Whole Express 4, Express 5 and Connect apps, and routers, in a pool.

import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';

import connect from 'connect';
import express5, { type Express, type NextFunction, type Request, type Response } from 'express';
// @ts-expect-error Express 4, under another name, has no types of its own.
import express4 from 'express4';
import { afterEach, describe, expect, it } from 'vitest';

import { GreenPool, inContext, isCancelled, wait } from '../../src/index.ts';
import { type PooledListener, runInPool } from '../../src/middleware/index.ts';
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

afterEach(closeServers);

class Teapot extends Error {
  readonly status = 418;
}

describe.each([
  ['Express 5', express5],
  ['Express 4', express4 as typeof express5],
])('an app of %s', (_version, express) => {
  it('may wait in every layer: middleware, param functions, routes, error middleware', async () => {
    const app = express();
    const seen: string[] = [];
    const note = (what: string): void => {
      seen.push(wait(later(`${what} ${inContext()}`)));
    };
    app.use((_req, _res, next) => {
      note('middleware');
      next();
    });
    app.param('id', (_req, _res, next, id) => {
      note(`param ${id}`);
      next();
    });
    app.get(
      '/:id',
      (_req, _res, next) => {
        note('first');
        next();
      },
      () => {
        note('second');
        throw new Teapot('short and stout');
      },
    );
    app.use((error: Teapot, _req: Request, res: Response, _next: NextFunction) => {
      note('error');
      res.status(error.status).send(seen.join());
    });
    const url = await serve(runInPool(app));
    const answer = await call(`${url}/7`);
    expect(answer.status).toBe(418);
    expect(answer.body).toBe('middleware true,param 7 true,first true,second true,error true');
  });

  it('goes on in the same context by next(): code after it runs, async context stays', async () => {
    const als = new AsyncLocalStorage<string>();
    const app = express();
    const order: string[] = [];
    app.use((_req, _res, next) => {
      als.run('store', () => next());
    });
    app.use((_req, _res, next) => {
      order.push('before');
      try {
        next();
      } finally {
        order.push(`after ${als.getStore()}`);
      }
    });
    app.get('/', (_req, res) => {
      wait(later(0));
      order.push(`handler ${als.getStore()}`);
      res.send('ok');
    });
    const listener = runInPool(app);
    const url = await serve(listener);
    await call(url);
    await until(() => listener.pool.stats.active === 0);
    expect(order).toEqual(['before', 'handler store', 'after store']);
    expect(listener.pool.stats.completed).toBe(1);
  });

  it('holds no worker while a body parser reads, and waits below it', async () => {
    const app = express();
    const als = new AsyncLocalStorage<string>();
    app.use((_req, _res, next) => als.run('kept', next));
    app.use(express.json());
    app.post('/', (req, res) => {
      res.json({ got: wait(later(req.body)), store: als.getStore() });
    });
    const listener = runInPool(app, { maxWorkers: 1, maxQueue: 0 });
    const url = await serve(listener);
    const socket = await open(
      url,
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{"a"',
    );
    await until(() => listener.pool.stats.completed === 1);
    expect(listener.pool.stats.active).toBe(0);
    expect((await postJson(url, { b: 2 })).body).toBe('{"got":{"b":2},"store":"kept"}');
    socket.write(':1}');
    expect(await received(socket, /\}$/)).toContain('{"got":{"a":1}');
  });

  it('leaves async functions beside alone', async () => {
    const app = express();
    app.use(async (req, _res, next) => {
      await later(0);
      Object.assign(req, { inAsync: inContext() });
      next();
    });
    app.get('/', (req, res) => {
      res.send(`${wait(later('waited'))} ${(req as unknown as { inAsync: boolean }).inAsync}`);
    });
    expect((await call(await serve(runInPool(app)))).body).toBe('waited false');
  });

  it('finds layers of nested routers, of mounted apps, and what is added later', async () => {
    const app = express();
    const inner = express.Router();
    const sub = express();
    const answer = (_req: Request, res: Response): void => {
      res.send(wait(later(`${inContext()}`)));
    };
    // Each reads a body first, so that what follows is not below the outer layers.
    inner.use(express.json());
    sub.use(express.json());
    inner.post('/early', answer);
    sub.post('/early', answer);
    app.use('/router', inner);
    app.use('/sub', sub);
    const url = await serve(runInPool(app));
    expect((await postJson(`${url}/router/early`, {})).body).toBe('true');
    expect((await postJson(`${url}/sub/early`, {})).body).toBe('true');
    inner.post('/late', answer);
    sub.post('/late', answer);
    app.get('/late', answer);
    expect((await postJson(`${url}/router/late`, {})).body).toBe('true');
    expect((await postJson(`${url}/sub/late`, {})).body).toBe('true');
    expect((await call(`${url}/late`)).body).toBe('true');
    expect((await call(`${url}/nowhere`)).status).toBe(404);
  });

  it('may be mounted under a prefix, and hands back what it does not answer', async () => {
    const outer = express();
    const app = express();
    app.get('/in', (req, res) => {
      res.send(wait(later(`${req.baseUrl}|${req.url}`)));
    });
    outer.use('/legacy', runInPool(app) as never);
    outer.get('/legacy/out', (req, res) => {
      res.send(String(req.app === outer && res.app === outer));
    });
    const url = await serve(outer);
    expect((await call(`${url}/legacy/in`)).body).toBe('/legacy|/in');
    expect((await call(`${url}/legacy/out`)).body).toBe('true');
  });

  it('gives refusals to its error middleware, with Retry-After set', async () => {
    const { opened, open: release } = gate();
    const served: ReturnType<typeof call>[] = [];
    const refusals = [
      ['GREEN_ERR_POOL_FULL', { maxQueue: 0 }],
      ['GREEN_ERR_POOL_QUEUE_TIMEOUT', { maxQueue: 1, queueTimeout: 30 }],
    ] as const;
    for (const [code, options] of refusals) {
      const app = express();
      app.get('/', (_req, res) => {
        wait(opened);
        res.send('served');
      });
      app.use((error: { code: string; statusCode: number }, _req: Request, res: Response, _next: NextFunction) => {
        res.status(error.statusCode).send(error.code);
      });
      const listener = runInPool(app, { maxWorkers: 1, retryAfter: 7, ...options });
      const url = await serve(listener);
      served.push(call(url));
      await until(() => listener.pool.stats.active === 1);
      const refused = await call(url);
      expect([refused.status, refused.body, refused.headers['retry-after']]).toEqual([503, code, '7']);
    }
    release();
    for (const { body } of await Promise.all(served)) expect(body).toBe('served');
  });

  it('is answered by its own final handler when it has no error middleware', async () => {
    const { opened, open: release } = gate();
    const app = express().set('env', 'test');
    app.get('/', () => {
      wait(opened);
    });
    const listener = runInPool(app, { maxWorkers: 1, maxQueue: 0 });
    const url = await serve(listener);
    const first = await open(url, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await until(() => listener.pool.stats.active === 1);
    const refused = await call(url);
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
    release();
    first.destroy();
  });

  it('gives the timeout to the nearest error middleware, once, and hears nothing of the layers behind', async () => {
    const app = express();
    const router = express.Router();
    const errors: string[] = [];
    const dropped: unknown[] = [];
    app.use(express.json());
    app.use((_req, _res, next) => {
      try {
        next();
      } finally {
        errors.push('outer finally');
      }
    });
    router.post('/', () => {
      try {
        wait(sleep(5000));
      } catch (error) {
        errors.push(`cancelled ${isCancelled(error)}`);
        throw new Error('while cleaning up');
      }
    });
    router.use((error: { code: string; statusCode: number }, _req: Request, res: Response, _next: NextFunction) => {
      errors.push(`${error.code} ${inContext()}`);
      wait(later(0));
      res.status(error.statusCode).send('too late');
    });
    app.use(router);
    app.use((error: Error, _req: Request, _res: Response, next: NextFunction) => {
      errors.push(`outer ${error.message}`);
      next(error);
    });
    const listener = runInPool(app, {
      timeout: 50,
      timeoutStatus: 504,
      maxWorkers: 1,
      onError: (error) => dropped.push((error as Error).message),
    });
    const url = await serve(listener);
    const answer = await postJson(url, {});
    expect([answer.status, answer.body]).toEqual([504, 'too late']);
    await until(() => listener.pool.stats.active === 0);
    expect(errors.toSorted()).toEqual(['GREEN_ERR_REQUEST_TIMEOUT true', 'cancelled true', 'outer finally']);
    expect(dropped).toEqual(['while cleaning up']);
  });

  it('tells error middleware at once, outside contexts, when the time is over in the queue', async () => {
    const { opened, open: release } = gate();
    const app = express();
    app.get('/', (_req, res) => {
      res.send('never');
    });
    app.use((error: { code: string }, _req: Request, res: Response, _next: NextFunction) => {
      res.status(503).send(`${error.code} ${inContext()}`);
    });
    const listener = runInPool(app, { timeout: 30, maxWorkers: 1 });
    const hog = listener.pool.submit(() => wait(opened));
    expect((await call(await serve(listener))).body).toBe('GREEN_ERR_REQUEST_TIMEOUT false');
    release();
    await hog;
  });

  it('counts the timeout from the first layer', async () => {
    const app = express();
    const slow = (_req: unknown, _res: unknown, next: NextFunction): void => {
      wait(sleep(40));
      setImmediate(next);
    };
    app.use(slow, slow, slow, slow, slow);
    app.use((error: { code: string }, _req: Request, res: Response, _next: NextFunction) => {
      res.status(503).send(error.code);
    });
    const url = await serve(runInPool(app, { timeout: 100 }));
    expect((await call(url)).body).toBe('GREEN_ERR_REQUEST_TIMEOUT'); // no layer takes 100 ms
  });

  it('cancels a request, running or queued, whose client goes away, and asks no error middleware', async () => {
    const app = express();
    const seen: string[] = [];
    app.use(express.json());
    app.post('/', () => {
      try {
        wait(sleep(5000));
      } catch (error) {
        seen.push((error as { reason: string }).reason);
        throw error;
      } finally {
        wait(later(0));
        seen.push('finally');
      }
    });
    app.use((_error: Error, _req: Request, _res: Response, next: NextFunction) => {
      seen.push('error middleware');
      next();
    });
    const listener = runInPool(app, { maxWorkers: 1 });
    const url = await serve(listener);
    const post = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}';
    const running = await open(url, post);
    await until(() => listener.pool.stats.active === 1 && listener.pool.stats.completed === 1);
    const queued = await open(url, post);
    await until(() => listener.pool.stats.queued === 1);
    queued.destroy();
    await until(() => listener.pool.stats.queued === 0);
    running.destroy();
    await until(() => listener.pool.stats.active === 0);
    expect(seen).toEqual(['disconnect', 'finally']);
  });

  it('does not deadlock on itself below wait(next())', async () => {
    const app = express();
    app.use((_req, res, next) => {
      next();
      wait(once(res, 'finish'));
    });
    app.use(async (_req, _res, next) => {
      await later(0);
      next();
    });
    app.get('/', (_req, res) => {
      res.send(wait(later('through')));
    });
    const url = await serve(runInPool(app, { maxWorkers: 1 }));
    const answers = await Promise.all([call(url), call(url), call(url)]);
    expect(answers.map(({ body }) => body)).toEqual(['through', 'through', 'through']);
  });

  it('drains: what was taken ends, also what was still sending its body, and keep-alive connections close', async () => {
    const app = express();
    const { opened, open: release } = gate();
    app.get('/', (_req, res) => {
      wait(opened);
      res.send('served');
    });
    app.post('/', express.json(), (req, res) => {
      res.send(wait(later(`posted ${req.body.a}`)));
    });
    const listener = runInPool(app);
    const url = await serve(listener);
    const getting = await open(url, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    const posting = await open(
      url,
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{"a":',
    );
    await until(() => listener.pool.stats.active === 1 && listener.pool.stats.completed === 1);
    const closed = once(lastServer(), 'close');
    lastServer().close();
    const down = listener.shutdown({ drain: 5000 });
    expect(listener.shutdown()).toBe(down);
    release();
    expect(await received(getting, /served/)).toMatch(/connection: close/i);
    posting.write('1}');
    expect(await received(posting, /posted 1/)).toMatch(/connection: close/i);
    await down;
    await closed;
  });

  it('cancels what has not drained in time, and answers 503', async () => {
    const app = express().set('env', 'test');
    app.get('/', () => {
      wait(sleep(60_000));
    });
    const listener = runInPool(app);
    const url = await serve(listener);
    const hanging = call(url);
    const stuck = await open(url, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 7\r\n\r\n');
    await until(() => listener.pool.stats.active === 1);
    const beganAt = Date.now();
    lastServer().close();
    await listener.shutdown({ drain: 50 });
    expect(Date.now() - beganAt).toBeLessThan(2000);
    expect((await hanging).status).toBe(503);
    stuck.destroy();
  });

  it('a router alone is an app, too', async () => {
    const router = express.Router();
    router.get('/', (_req, res) => {
      (res as unknown as { end(text: string): void }).end(wait(later('routed')));
    });
    const url = await serve(runInPool(router as never));
    expect((await call(url)).body).toBe('routed');
    expect((await call(`${url}/nowhere`)).status).toBe(404);
  });

  it('keeps what others see of its layers', () => {
    const app = express();
    const router = express.Router();
    app.use('/x', router);
    const listener = runInPool(app) as unknown as (req: object, res: object, next: () => void) => void;
    type Seen = { stack: { handle: { stack?: unknown; length: number; name: string } }[] };
    const layers = (): Seen['stack'] =>
      ((app as unknown as { _router?: Seen })._router ?? (app as unknown as { router: Seen }).router).stack;
    const before = layers().map(({ handle }) => [handle.length, handle.name, handle.stack]);
    listener({ url: '/y', method: 'GET', headers: {} }, { setHeader: () => {} }, () => {});
    expect(layers().map(({ handle }) => [handle.length, handle.name, handle.stack])).toEqual(before);
  });
});

describe('an app of Connect', () => {
  it('waits in its layers, below body parsers and in error middleware', async () => {
    const app = connect();
    app.use(express5.json() as never);
    app.use('/hello', (req, res) => {
      res.end(wait(later(JSON.stringify((req as { body?: unknown }).body))));
    });
    app.use(() => {
      wait(later(0));
      throw new Teapot('after a wait');
    });
    app.use((error: Error, _req: unknown, res: { end(text: string): void }, _next: unknown) => {
      res.end(wait(later(`${error.message} ${inContext()}`)));
    });
    const url = await serve(runInPool(app));
    expect((await postJson(`${url}/hello`, { a: 1 })).body).toBe('{"a":1}');
    expect((await call(url)).body).toBe('after a wait true');
  });

  it('ends what no layer answers', async () => {
    expect((await call(await serve(runInPool(connect())))).status).toBe(404);
  });
});

describe('runInPool of an app', () => {
  it('shares a pool between apps', async () => {
    const pool = new GreenPool({ maxWorkers: 3, nested: 'exempt' });
    const [one, two] = [express5(), express5()].map((app: Express): PooledListener => {
      app.get('/', (_req, res) => {
        res.send(wait(later('ok')));
      });
      return runInPool(app, { pool }) as never;
    });
    expect((await call(await serve(one as never))).body).toBe('ok');
    expect((await call(await serve(two as never))).body).toBe('ok');
    expect(pool.stats.completed).toBe(2);
  });

  it('refuses an app that is in a pool already', () => {
    const app = express5();
    runInPool(app);
    expect(() => runInPool(app)).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
  });
});
