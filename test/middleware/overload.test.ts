import { describe, expect, it } from 'vitest';

import { wait } from '../../src/index.ts';
import { later } from '../support/turns.ts';
import { gate, server, until } from './servers.ts';

describe('a request that no worker comes free for', () => {
  it('is refused after queueTimeout with 503 and Retry-After, without having started', async () => {
    const app = await server({ maxWorkers: 1, queueTimeout: 20 });
    const { promise, open } = gate();
    app.get('/', { green: true }, () => {
      wait(promise);
      return 'served';
    });
    const served = app.inject('/');
    await until(() => app.green.pool().stats.active === 1);
    const refused = await app.inject('/');
    expect(refused.statusCode).toBe(503);
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.json()).toMatchObject({ code: 'GREEN_ERR_POOL_QUEUE_TIMEOUT' });
    open();
    expect((await served).body).toBe('served');
    expect(app.green.pool().stats).toMatchObject({ completed: 1, queueTimeouts: 1 });
  });

  it('waits as long as its route says', async () => {
    const app = await server({ maxWorkers: 1, queueTimeout: 10 });
    const { promise, open } = gate();
    app.get('/', { green: true }, () => wait(promise) ?? 'first');
    app.get('/patient', { green: { queueTimeout: 0 } }, () => 'patient');
    const first = app.inject('/');
    await until(() => app.green.pool().stats.active === 1);
    const patient = app.inject('/patient');
    expect((await app.inject('/')).statusCode).toBe(503);
    open();
    expect([(await first).body, (await patient).body]).toEqual(['first', 'patient']);
  });
});

describe('pools', () => {
  it('are bulkheads: what fills one leaves the others free', async () => {
    const app = await server({ maxWorkers: 5, pools: { reports: { maxWorkers: 1, maxQueue: 0 } } });
    const { promise, open } = gate();
    app.get('/report', { green: { pool: 'reports' } }, () => wait(promise) ?? 'report');
    app.get('/', { green: true }, () => wait(later('free')));
    const report = app.inject('/report');
    await until(() => app.green.pool('reports').stats.active === 1);
    expect(app.green.isSaturated('reports')).toBe(true);
    expect(app.green.isSaturated()).toBe(false);
    expect((await app.inject('/report')).statusCode).toBe(503);
    expect((await app.inject('/')).body).toBe('free');
    open();
    expect((await report).body).toBe('report');
    expect(app.green.stats()).toMatchObject({
      default: { completed: 1, maxWorkers: 5 },
      reports: { completed: 1, rejected: 1, maxWorkers: 1 },
    });
  });

  it("take the plugin's limits where they have none of their own", async () => {
    const app = await server({ maxQueue: 7, timeout: 15, pools: { reports: { maxWorkers: 2 } } });
    expect(app.green.pool('reports')).toMatchObject({ maxWorkers: 2, maxQueue: 7, name: 'reports' });
    app.get('/', { green: { pool: 'reports' } }, () => wait(new Promise(() => {})));
    expect((await app.inject('/')).json().code).toBe('GREEN_ERR_REQUEST_TIMEOUT');
  });

  it('are refused by a name that there is none of, when the route is declared', async () => {
    const app = await server({ pools: { reports: {} } });
    expect(() => app.get('/', { green: { pool: 'report' } }, () => 1)).toThrow(
      expect.objectContaining({
        code: 'GREEN_ERR_OPT_INVALID',
        message: "pool must be one of default, reports; received 'report'.",
      }),
    );
    expect(() => app.green.pool('nope')).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
  });
});

/** inject() begins when somebody asks for its outcome. */
const started = (chain: PromiseLike<unknown>): Promise<unknown> => Promise.resolve(chain);

describe('priorities', () => {
  it('start the more urgent route first', async () => {
    const app = await server({ maxWorkers: 1 });
    const { promise, open } = gate();
    const order: string[] = [];
    app.get('/blocks', { green: true }, () => wait(promise) ?? '');
    app.get('/batch', { green: { priority: -1 } }, () => `${order.push('batch')}`);
    app.get('/normal', { green: true }, () => `${order.push('normal')}`);
    app.get('/urgent', { green: { priority: 10 } }, () => `${order.push('urgent')}`);
    const answers = [started(app.inject('/blocks'))];
    await until(() => app.green.pool().stats.active === 1);
    answers.push(...['/batch', '/normal', '/urgent'].map((url) => started(app.inject(url))));
    await until(() => app.green.pool().stats.queued === 3);
    open();
    await Promise.all(answers);
    expect(order).toEqual(['urgent', 'normal', 'batch']);
  });
});

describe('Retry-After', () => {
  async function refusedBy(retryAfter: 'auto' | number | ((stats: { queued: number }) => number)): Promise<unknown> {
    const app = await server({ maxWorkers: 1, maxQueue: 1, retryAfter });
    const { promise, open } = gate();
    app.get('/', { green: true }, () => wait(promise) ?? '');
    const taken = [app.inject('/'), app.inject('/')];
    await until(() => app.green.pool().stats.queued === 1);
    const refused = await app.inject('/');
    open();
    await Promise.all(taken);
    return refused.headers['retry-after'];
  }

  it('is a number of seconds', async () => expect(await refusedBy(30)).toBe('30'));
  it('is what a function makes of the counts', async () => {
    expect(await refusedBy(({ queued }) => queued + 6)).toBe('7');
  });
  it("is 1 with 'auto' where nothing is known yet", async () => expect(await refusedBy('auto')).toBe('1'));

  it("follows the length of the queue and how long requests take, with 'auto'", async () => {
    const app = await server({ maxWorkers: 2, maxQueue: 8 });
    const stats = { queued: 8, meanTaskMs: 900, maxWorkers: 2 };
    Object.defineProperty(app.green.pool(), 'stats', { get: () => stats });
    Object.defineProperty(app.green.pool(), 'refuses', { get: () => true });
    app.get('/', { green: true }, () => '');
    expect((await app.inject('/')).headers['retry-after']).toBe('4'); // 8 × 0.9 s on two workers
  });
});

describe('onSaturated', () => {
  it('answers instead of the error, for the plugin or for one route', async () => {
    const app = await server({
      maxWorkers: 1,
      maxQueue: 0,
      onSaturated: (_request, reply, { active }) => {
        reply.code(429);
        return { active };
      },
    });
    const { promise, open } = gate();
    app.get('/', { green: true }, () => wait(promise) ?? 'served');
    app.get('/sends', { green: { onSaturated: (_request, reply) => void reply.code(202).send('sent') } }, () => '');
    app.get('/declines', { green: { onSaturated: () => undefined } }, () => '');
    app.get('/promises', { green: { onSaturated: async () => 'promised' } }, () => '');
    const served = app.inject('/');
    await until(() => app.green.isSaturated());
    const refused = await app.inject('/');
    expect([refused.statusCode, refused.json()]).toEqual([429, { active: 1 }]);
    expect((await app.inject('/sends')).statusCode).toBe(202);
    expect((await app.inject('/declines')).json().code).toBe('GREEN_ERR_POOL_FULL');
    expect((await app.inject('/promises')).body).toBe('promised');
    open();
    expect((await served).body).toBe('served');
  });
});

describe('nested work', () => {
  it('does not wait for a worker of the pool that its own handler holds', async () => {
    const app = await server({ maxWorkers: 2, maxQueue: 0 });
    app.get('/inner', { green: true }, () => wait(later('inner')));
    const viaAsyncCode = async (): Promise<string> => {
      await later(undefined);
      return (await app.inject('/inner')).body;
    };
    app.get('/outer', { green: true }, () => wait(viaAsyncCode()));
    const responses = await Promise.all([app.inject('/outer'), app.inject('/outer')]);
    expect(responses.map(({ body }) => body)).toEqual(['inner', 'inner']);
  });

  it('includes what a handler waits for from app.inject()', async () => {
    const app = await server({ maxWorkers: 1, maxQueue: 0 });
    app.get('/inner', { green: true }, () => wait(later('inner')));
    app.get('/outer', { green: true }, () => wait(app.inject('/inner')).body);
    expect((await app.inject('/outer')).body).toBe('inner');
  });
});
