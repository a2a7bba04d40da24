// @fastify/under-pressure: sheds requests before a worker is taken, and knows from the pool when to.

import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';

import { wait } from '../../../src/index.ts';
import { gate, greenServer, later, listen, until } from './green-server.ts';

interface BusyServer {
  readonly app: FastifyInstance;
  readonly url: string;
  readonly release: () => void;
  readonly served: Promise<string>;
}

/** One worker, which is busy until released, and no queue. */
async function busyServer(options: underPressure.FastifyUnderPressureOptions): Promise<BusyServer> {
  const app = await greenServer({ maxWorkers: 1, maxQueue: 0 });
  await app.register(underPressure, options);
  const { promise, open } = gate();
  app.get('/slow', { green: true }, () => {
    wait(promise);
    return 'served';
  });
  app.get('/quick', { green: true }, () => wait(later('quick')));
  const url = await listen(app);
  const served = fetch(`${url}/slow`).then((response) => response.text());
  await until(() => app.green.isSaturated());
  return { app, url, release: open, served };
}

describe('@fastify/under-pressure', () => {
  it('keeps its status route up while the pool is full', async () => {
    const { url, release, served } = await busyServer({ exposeStatusRoute: '/status' });
    const status = await fetch(`${url}/status`);
    expect([status.status, await status.json()]).toEqual([200, { status: 'ok' }]);
    expect((await fetch(`${url}/quick`)).status).toBe(503);
    release();
    expect(await served).toBe('served');
  });

  it('reports a full pool through its health check', async () => {
    const { url, release, served } = await busyServer({
      exposeStatusRoute: '/status',
      healthCheck: async (app) => !app.green.isSaturated(),
    });
    expect((await fetch(`${url}/status`)).status).toBe(503);
    release();
    await served;
    expect((await fetch(`${url}/status`)).status).toBe(200);
  });

  it('sheds a request before it takes or waits for a worker', async () => {
    const app = await greenServer({ maxWorkers: 1 });
    let healthy = true;
    await app.register(underPressure, { healthCheck: async () => healthy, healthCheckInterval: 1, retryAfter: 3 });
    let ran = 0;
    app.get('/', { green: true }, () => {
      ran++;
      return wait(later('ran'));
    });
    const url = await listen(app);
    expect((await fetch(url)).status).toBe(200);
    healthy = false;
    await until(() => app.isUnderPressure());
    const shed = await fetch(url);
    expect(shed.headers.get('retry-after')).toBe('3');
    expect(await shed.json()).toMatchObject({ statusCode: 503, code: 'FST_UNDER_PRESSURE' });
    expect([ran, app.green.pool().stats.completed]).toEqual([1, 1]);
  });
});
