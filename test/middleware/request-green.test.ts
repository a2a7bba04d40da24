import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { isCancelled, wait } from '../../src/index.ts';
import { later } from '../support/turns.ts';
import { gate, received, send, server, until } from './servers.ts';

const never = (): Promise<never> => new Promise(() => {});
const CHUNK = 'x'.repeat(64 * 1024);

describe('request.green', () => {
  it('tells the pool, how long the request queued, and its deadline', async () => {
    const app = await server({ maxWorkers: 1, pools: { reports: {} } });
    const { promise, open } = gate();
    app.get('/blocks', { green: true }, () => wait(promise) ?? '');
    app.get('/', { green: { timeout: 60_000 } }, ({ green }) => [green.pool, green.queuedMs, green.deadline]);
    app.get('/report', { green: { pool: 'reports' } }, ({ green }) => [green.pool, green.queuedMs, green.deadline]);
    const blocks = app.inject('/blocks');
    await until(() => app.green.pool().stats.active === 1);
    const queued = app.inject('/').then((response) => response.json() as [string, number, number]);
    await sleep(20);
    open();
    await blocks;
    const [pool, queuedMs, deadline] = await queued;
    expect(pool).toBe('default');
    expect(queuedMs).toBeGreaterThan(10);
    expect(Math.abs(deadline - Date.now() - 60_000)).toBeLessThan(5000);
    const report = (await app.inject('/report')).json();
    expect([report[0], report[2]]).toEqual(['reports', null]);
  });

  it('is the same object throughout a handler, and another one for each request', async () => {
    const app = await server();
    const seen = new Set<unknown>();
    app.get('/', { green: true }, (request) => {
      const before = request.green;
      wait(later(undefined));
      seen.add(request.green);
      return { same: before === request.green };
    });
    expect((await app.inject('/')).json()).toEqual({ same: true });
    await app.inject('/');
    expect(seen.size).toBe(2);
  });

  it('throws where nothing green runs, and names the remedy', async () => {
    const app = await server();
    app.get('/', async (request) => request.green.pool);
    expect((await app.inject('/')).json()).toMatchObject({
      code: 'GREEN_ERR_REQUEST_NOT_GREEN',
      message: expect.stringContaining('Give the route the option green'),
    });
  });
});

describe('request.green.signal', () => {
  it.each([
    ['when the client goes away', 'disconnect'],
    ["when the request's time is over", 'deadline'],
    ['when the server shuts down', 'shutdown'],
  ])('is aborted %s, with the cancellation', async (_when, reason) => {
    const app = await server({ drainTimeout: 10 });
    const reasons: unknown[] = [];
    app.get('/', { green: reason === 'deadline' ? { timeout: 20 } : true }, (request) => {
      const { signal } = request.green;
      signal.addEventListener('abort', () => reasons.push(signal.reason));
      wait(never());
    });
    const socket = await send(app, '/');
    await until(() => app.green.pool().stats.active === 1);
    if (reason === 'disconnect') socket.destroy();
    if (reason === 'shutdown') void app.close();
    await until(() => reasons.length > 0);
    expect(isCancelled(reasons[0])).toBe(true);
    expect(reasons[0]).toMatchObject({ reason });
  });

  it('is not aborted when a body has been read, nor after the answer', async () => {
    const app = await server();
    let signal: AbortSignal | undefined;
    app.post('/', { green: true }, (request) => {
      signal = request.green.signal;
      wait(sleep(20));
      return { aborted: signal.aborted };
    });
    const body = '{"a":1}';
    const headers = ['content-type: application/json', `content-length: ${body.length}`, 'connection: close'];
    expect(await received(await send(app, '/', headers, body))).toContain('{"aborted":false}');
    await sleep(20);
    expect(signal?.aborted).toBe(false);
  });
});

describe('request.green.write()', () => {
  it('sends parts at once, with status and headers, and the reply ends with the handler', async () => {
    const app = await server();
    const { promise, open } = gate();
    app.get('/', { green: true }, (request, reply) => {
      reply.code(201).header('x-kind', 'parts');
      request.green.write('first,');
      wait(promise);
      request.green.write(Buffer.from('last'));
    });
    const socket = await send(app, '/', ['connection: close']);
    let text = '';
    socket.setEncoding('latin1').on('data', (data) => {
      text += data;
    });
    await until(() => text.includes('first,'));
    expect(text).toMatch(/^HTTP\/1.1 201 .*x-kind: parts/s);
    open();
    await until(() => text.endsWith('0\r\n\r\n'));
    expect(text).toContain('last');
  });

  it('suspends while the client does not read, and gives up after writeTimeout', async () => {
    const app = await server({ writeTimeout: 50 });
    const outcome = gate<unknown>();
    let written = 0;
    app.get('/', { green: true }, (request) => {
      try {
        for (;;) {
          request.green.write(CHUNK);
          written++;
        }
      } catch (error) {
        outcome.open(error);
        throw error;
      }
    });
    const socket = await send(app, '/');
    socket.pause();
    expect(await outcome.promise).toMatchObject({ code: 'GREEN_ERR_WAIT_TIMEOUT' });
    expect(written).toBeLessThan(500);
    await until(() => app.green.pool().stats.active === 0);
  });

  it('ends with the cancellation when the client goes', async () => {
    const app = await server();
    const outcome = gate<unknown>();
    app.get('/', { green: true }, (request) => {
      try {
        for (;;) request.green.write(CHUNK);
      } catch (error) {
        outcome.open(error);
        throw error;
      }
    });
    const socket = await send(app, '/');
    socket.pause();
    await sleep(50);
    socket.destroy();
    expect(await outcome.promise).toMatchObject({ code: 'GREEN_ERR_CANCELLED', reason: 'disconnect' });
  });

  it('closes the connection when the handler then fails, as half a reply has no error', async () => {
    const app = await server();
    app.get('/', { green: true }, (request) => {
      request.green.write('half');
      wait(later(undefined));
      throw new Error('no more');
    });
    const text = await received(await send(app, '/'));
    expect(text).toContain('half');
    expect(text).not.toMatch(/0\r\n\r\n$/);
  });
});

describe('request.green.body()', () => {
  it('reads what no parser has read, at any depth, and limits it', async () => {
    const app = await server();
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    app.post('/', { green: true }, (request) => request.green.body({ limit: 10 }).toString('latin1').toUpperCase());
    const send = (payload: string): Promise<{ statusCode: number; body: string }> =>
      Promise.resolve(app.inject({ method: 'POST', url: '/', headers: { 'content-type': 'text/x' }, payload }));
    expect((await send('hello')).body).toBe('HELLO');
    expect((await send('more than ten')).statusCode).toBe(413);
  });
});

describe('Server-Timing', () => {
  it('tells, when asked to, where the time went', async () => {
    const app = await server({ serverTiming: true });
    app.get('/', { green: true }, () => wait(sleep(20, 'slept')));
    app.get('/at-once', { green: true }, () => 'at once');
    app.get('/off', { green: { serverTiming: false } }, () => 'off');
    const { headers } = await app.inject('/');
    expect(headers['server-timing']).toMatch(
      /^green-queue;dur=\d+\.\d, green-run;dur=\d+\.\d, green-wait;dur=(1[5-9]|[2-9]\d)\.\d$/,
    );
    expect((await app.inject('/at-once')).headers['server-timing']).toContain('green-run');
    expect((await app.inject('/off')).headers).not.toHaveProperty('server-timing');
  });
});
