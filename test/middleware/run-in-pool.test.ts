import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { GreenPool, inContext, wait } from '../../src/index.ts';
import { type PooledListener, type RunInPoolOptions, runInPool } from '../../src/middleware/index.ts';
import { later } from '../support/turns.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(listener: PooledListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function get(url: string): Promise<{ status: number | undefined; body: string; retryAfter: string | undefined }> {
  const [response] = (await once(request(url).end(), 'response')) as [IncomingMessage];
  const body = (await response.setEncoding('utf8').toArray()).join('');
  return { status: response.statusCode, body, retryAfter: response.headers['retry-after'] };
}

describe('runInPool', () => {
  it('runs a (req, res) handler in a context', async () => {
    const url = await serve(
      runInPool((req, res) => {
        const name = wait(later(req.url));
        res.end(`${name} ${inContext()}`);
      }),
    );
    expect((await get(`${url}/legacy`)).body).toBe('/legacy true');
  });

  it('answers 500 without details when the handler throws, and reports the error once', async () => {
    const reported: unknown[] = [];
    const failure = new Error('secret detail');
    const url = await serve(
      runInPool(
        () => {
          wait(later(undefined));
          throw failure;
        },
        { onError: (error) => reported.push(error) },
      ),
    );
    expect(await get(url)).toEqual({ status: 500, body: 'Internal Server Error\n', retryAfter: undefined });
    expect(reported).toEqual([failure]);
  });

  it('closes the connection when the handler throws in the middle of its response', async () => {
    const url = await serve(
      runInPool(
        (_req, res) => {
          res.write('half');
          wait(later(undefined));
          throw new Error('in the middle');
        },
        { onError: () => {} },
      ),
    );
    await expect(get(url)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('answers 503 with Retry-After when the pool is full or closed', async () => {
    let release!: () => void;
    const blocked = new Promise<void>((resolve) => {
      release = resolve;
    });
    const listener = runInPool(
      (_req, res) => {
        wait(blocked);
        res.end('served');
      },
      { maxWorkers: 1, maxQueue: 0, retryAfter: 3 },
    );
    const url = await serve(listener);
    const served = get(url);
    while (listener.pool.stats.active === 0) await later(undefined);
    expect(await get(url)).toEqual({ status: 503, body: 'Service Unavailable\n', retryAfter: '3' });
    release();
    expect((await served).body).toBe('served');
    await listener.pool.shutdown();
    expect((await get(url)).status).toBe(503);
  });

  it('shares a pool that it is given', () => {
    const pool = new GreenPool();
    expect(runInPool(() => {}, { pool }).pool).toBe(pool);
  });

  it.each<[unknown, unknown]>([
    [null, {}],
    [() => {}, { size: 1 }],
    [() => {}, { pool: {} }],
    [() => {}, { pool: new GreenPool(), maxWorkers: 1 }],
    [() => {}, { onError: 1 }],
  ])('refuses (%o, %o)', (handler, options) => {
    expect(() => runInPool(handler as () => void, options as RunInPoolOptions)).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }),
    );
  });
});
