import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';

import { inContext, wait } from '../../src/index.ts';
import greenroom from '../../src/middleware/index.ts';
import { later } from '../support/turns.ts';
import { plainServer, server } from './servers.ts';

const where = (): object => ({ green: inContext() });

describe('green.scope()', () => {
  it('makes the synchronous routes of a scope green, with its options, and no others', async () => {
    const app = await server({ pools: { reports: {} } });
    app.get('/before', where);
    app.register(async (child) => {
      child.green.scope({ pool: 'reports' });
      child.get('/inside', ({ green }) => green.pool);
      child.get('/async', async () => where());
      child.get('/off', { green: false }, where);
      child.get('/own', { green: { pool: 'default' } }, ({ green }) => green.pool);
      child.register(async (grandchild) => {
        grandchild.get('/deeper', ({ green }) => green.pool);
        grandchild.register(async (greatGrandchild) => {
          greatGrandchild.green.scope(false);
          greatGrandchild.get('/deepest', where);
        });
      });
    });
    app.get('/after', where);
    const body = async (path: string): Promise<string> => (await app.inject(path)).body;
    expect(await body('/inside')).toBe('reports');
    expect(await body('/deeper')).toBe('reports');
    expect(await body('/own')).toBe('default');
    for (const path of ['/before', '/async', '/off', '/deepest', '/after']) {
      expect([path, await body(path)]).toEqual([path, '{"green":false}']);
    }
  });

  it('is merged with what a route says itself', async () => {
    const app = await server({ pools: { reports: {} } });
    app.green.scope({ pool: 'reports', timeout: 10 });
    app.get('/', { green: { timeoutStatus: 504 } }, () => wait(new Promise(() => {})));
    expect((await app.inject('/')).statusCode).toBe(504);
    expect(app.green.pool('reports').stats.cancelled).toBe(1);
  });

  it('refuses bad options', async () => {
    const app = await server();
    const invalid = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
    expect(() => app.green.scope({ pool: 'nope' })).toThrow(invalid);
    expect(() => app.green.scope({ size: 5 } as never)).toThrow(invalid);
    expect(() => app.green.scope(undefined as never)).toThrow(invalid);
  });
});

describe('the option all', () => {
  it('makes every synchronous route green, unless it says otherwise', async () => {
    const app = await server({ all: true });
    app.get('/', where);
    app.get('/async', async () => where());
    app.get('/off', { green: false }, where);
    app.register(async (child) => child.get('/child', where) as never);
    expect((await app.inject('/')).json()).toEqual({ green: true });
    expect((await app.inject('/child')).json()).toEqual({ green: true });
    expect((await app.inject('/async')).json()).toEqual({ green: false });
    expect((await app.inject('/off')).json()).toEqual({ green: false });
  });

  it('may be a predicate of the route', async () => {
    const app = await server({ all: ({ url }) => url.startsWith('/legacy') });
    app.get('/legacy/a', where);
    app.get('/new', where);
    expect((await app.inject('/legacy/a')).json()).toEqual({ green: true });
    expect((await app.inject('/new')).json()).toEqual({ green: false });
  });
});

describe('strictRoutes', () => {
  it('fails the start when the plugin was registered without await, above its routes', async () => {
    const app = plainServer();
    app.register(greenroom);
    app.get('/', { green: true }, where);
    await expect(app.ready()).rejects.toMatchObject({
      code: 'GREEN_ERR_ROUTES_UNSEEN',
      message: expect.stringContaining('await app.register(greenroom)'),
    });
  });

  it('lets it pass when told to, or when something green follows', async () => {
    const lax = plainServer();
    lax.register(greenroom, { strictRoutes: false });
    lax.get('/', where);
    await lax.ready();

    const app = plainServer();
    app.get('/health', where);
    await app.register(greenroom);
    app.get('/', { green: true }, where);
    await app.ready();
    expect((await app.inject('/')).json()).toEqual({ green: true });
  });
});

describe('a green route', () => {
  it('may be one of several methods, with a HEAD of its own', async () => {
    const app = await server();
    app.route({ method: ['GET', 'PUT'], url: '/', green: true, handler: () => wait(later('text')) });
    expect((await app.inject('/')).body).toBe('text');
    expect((await app.inject({ method: 'PUT', url: '/' })).body).toBe('text');
    const head = await app.inject({ method: 'HEAD', url: '/' });
    expect([head.statusCode, head.headers['content-length'], head.body]).toEqual([200, '4', '']);
    expect(app.green.pool().stats.completed).toBe(3);
  });

  it('takes one worker for both forms of a prefix', async () => {
    const app = await server();
    app.register(async (child) => child.get('/', { green: true }, () => wait(later('child'))) as never, {
      prefix: '/child',
    });
    for (const path of ['/child', '/child/']) expect((await app.inject(path)).body).toBe('child');
    expect(app.green.pool().stats).toMatchObject({ completed: 2, peak: 1 });
  });

  it('is named in dumps by method and URL pattern', async () => {
    const app = await server();
    app.get('/users/:id', { green: true }, () => {
      wait(later(undefined));
      return app.green.dump().contexts.find(({ state }) => state === 'running')?.label;
    });
    expect((await app.inject('/users/5')).body).toBe('GET /users/:id');
  });

  it.each([
    ['yes'],
    [5],
    [{ pools: 'x' }],
    [{ timeout: 'soon' }],
    [{ priority: 0.5 }],
    [{ timeoutStatus: 500 }],
    [null],
  ])('is refused with green: %o when it is declared', async (green) => {
    const app = await server();
    expect(() => app.get('/', { green: green as never }, () => 1)).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }),
    );
  });
});

describe('plugin options', () => {
  it.each([
    [{ maxWorkers: 0 }, 'maxWorkers must be an integer'],
    [{ maxWorker: 5 }, "received 'maxWorker'"],
    [{ retryAfter: 0.5 }, 'retryAfter (seconds) must be an integer from 1 to 86400'],
    [{ retryAfter: 'soon' }, 'retryAfter'],
    [{ timeout: true }, 'timeout must be an integer'],
    [{ writeTimeout: 0 }, 'writeTimeout must be an integer from 1'],
    [{ drainTimeout: -1 }, 'drainTimeout must be an integer from 0'],
    [{ pools: { default: {} } }, 'pools must be of other names than default'],
    [{ pools: { reports: { size: 4 } } }, 'pools.reports must be made of'],
    [{ pools: { reports: { maxWorkers: 0 } } }, 'maxWorkers must be'],
    [{ all: 'routes' }, 'all, unless it is a function, must be true or false'],
    [{ onSaturated: 503 }, 'onSaturated must be a function'],
    [{ strictRoutes: 1 }, 'strictRoutes must be true or false'],
    [{ cancelOnDisconnect: 1 }, 'cancelOnDisconnect must be true or false'],
  ])('are refused when it is registered: %o', async (options, message) => {
    await expect(plainServer().register(greenroom, options as never)).rejects.toMatchObject({
      code: 'GREEN_ERR_OPT_INVALID',
      message: expect.stringContaining(message),
    });
  });
});

describe('the status page and the metrics', () => {
  it('are there when asked for, with every pool of the plugin', async () => {
    const app = await server({ pools: { reports: {} }, status: { guard: false } });
    const names = (await app.inject('/greenroom/status.json')).json().pools.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['default', 'reports']);
    const registry = new Registry();
    await app.green.registerMetrics(registry);
    expect(await registry.metrics()).toContain('greenroom_workers_max{pool="reports"} 100');
  });

  it('are not there unless asked for', async () => {
    const app = await server();
    expect((await app.inject('/greenroom')).statusCode).toBe(404);
  });

  it('refuse to be open to all by accident', async () => {
    await expect(plainServer().register(greenroom, { status: {} as never })).rejects.toMatchObject({
      code: 'GREEN_ERR_OPT_INVALID',
      message: expect.stringContaining('status.guard'),
    });
  });
});
