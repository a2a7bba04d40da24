import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { wait } from '../../src/index.ts';
import greenroom from '../../src/middleware/index.ts';
import { later } from '../support/turns.ts';
import { gate, logged, plainServer, server, until } from './servers.ts';

const never = (): Promise<never> => new Promise(() => {});

describe("a route's timeout", () => {
  it('answers 503 at once and cancels the handler, whose clean-up goes on', async () => {
    const app = await server();
    const { promise, open } = gate();
    let cleanedUp = false;
    app.get('/', { green: { timeout: 20 } }, () => {
      try {
        wait(never());
      } finally {
        wait(promise);
        cleanedUp = true;
      }
    });
    const response = await app.inject('/');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({
      code: 'GREEN_ERR_REQUEST_TIMEOUT',
      message: expect.stringMatching(/within 20 ms: it queued \d+ ms, ran \d+ ms and waited \d+ ms/),
    });
    expect(app.green.pool().stats.active).toBe(1);
    open();
    await until(() => app.green.pool().stats.active === 0);
    expect(cleanedUp).toBe(true);
  });

  it('counts from when the request came, in the queue too, and the handler never starts', async () => {
    const app = await server({ maxWorkers: 1, timeout: 20, timeoutStatus: 504 });
    const { promise, open } = gate();
    app.get('/blocks', { green: { timeout: false } }, () => {
      wait(promise);
      return 'done';
    });
    let started = false;
    app.get('/', { green: true }, () => {
      started = true;
    });
    const blocking = app.inject('/blocks');
    await until(() => app.green.pool().stats.active === 1);
    expect((await app.inject('/')).statusCode).toBe(504);
    open();
    expect((await blocking).body).toBe('done');
    expect(started).toBe(false);
  });

  it('is heard once, whatever the handler answers later', async () => {
    const { lines, options } = logged();
    const app = await server({ timeout: 15 }, options);
    const { promise, open } = gate();
    app.get('/returns', { green: true }, () => {
      try {
        wait(never());
      } catch {
        wait(promise);
      }
      return 'too late';
    });
    app.get('/sends', { green: true }, (_request, reply) => {
      try {
        wait(never());
      } catch {
        wait(promise);
      }
      reply.send('too late');
    });
    app.get('/throws', { green: true }, () => {
      try {
        wait(never());
      } catch {
        wait(promise);
        throw new Error('the clean-up failed');
      }
    });
    const responses = await Promise.all(['/returns', '/sends', '/throws'].map((url) => app.inject(url)));
    expect(responses.map(({ statusCode }) => statusCode)).toEqual([503, 503, 503]);
    open();
    await until(() => app.green.pool().stats.active === 0);
    const late = lines.filter(({ level }) => level === 40).map(({ err }) => (err as { message: string }).message);
    expect(late).toContain('the clean-up failed');
  });

  it('leaves a reply that has begun to its handler', async () => {
    const app = await server({ timeout: 20 });
    app.get('/', { green: true }, (request) => {
      request.green.write('first,');
      try {
        wait(never());
      } catch {
        request.green.write('last');
      }
    });
    expect((await app.inject('/')).body).toBe('first,last');
  });

  it('does not outlive a handler that is in time', async () => {
    const app = await server({ timeout: 20 });
    app.get('/', { green: true }, () => wait(later('in time')));
    expect((await app.inject('/')).body).toBe('in time');
    await sleep(40);
    expect(app.green.pool().stats).toMatchObject({ completed: 1, cancelled: 0 });
  });

  it("cancels the handler that Fastify's own handlerTimeout has answered for", async () => {
    const app = plainServer({ handlerTimeout: 20 } as object);
    await app.register(greenroom);
    const log: unknown[] = [];
    app.get('/', { green: true }, () => {
      try {
        wait(never());
      } catch (error) {
        log.push((error as { reason?: string }).reason);
        throw error;
      }
    });
    const response = await app.inject('/');
    expect([response.statusCode, response.json().code]).toEqual([503, 'FST_ERR_HANDLER_TIMEOUT']);
    await until(() => app.green.pool().stats.active === 0);
    expect(log).toEqual(['deadline']);
  });
});
