// greenServe(): one context per connection.

import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';

import { GreenPool, run, spawn, wait } from '../../../src/index.ts';
import {
  type GreenHandler,
  GreenService,
  greenConnect,
  greenServe,
  type ServeOptions,
} from '../../../src/std/net/index.ts';

const services: GreenService[] = [];
const withCode = (code: string) => expect.objectContaining({ code });

afterEach(async () => {
  for (const service of services.splice(0)) await service.close({ drain: 0 });
});

async function serve(handler: GreenHandler, options: ServeOptions = {}): Promise<number> {
  const service = greenServe(handler, { port: 0, host: '127.0.0.1', ...options });
  services.push(service);
  return ((await service.listening) as AddressInfo).port;
}

const ask = (port: number, question: string): string | null => {
  using socket = greenConnect({ port, host: '127.0.0.1' });
  socket.write(`${question}\n`);
  return socket.readLine();
};

describe('greenServe()', () => {
  it('handles connections side by side, each in a context that may wait, and closes them', async () => {
    let here = 0;
    let most = 0;
    const port = await serve((socket) => {
      most = Math.max(most, ++here);
      for (const line of socket.lines()) {
        while (most < 5) wait(delay(1));
        socket.write(`${line.toUpperCase()}\n`);
      }
      here--;
    });
    const answers = ['a', 'b', 'c', 'd', 'e'].map((name) => run(() => ask(port, name)));
    expect(await Promise.all(answers)).toEqual(['A', 'B', 'C', 'D', 'E']);
    expect(most).toBe(5);
  });

  it('keeps to maxConnections and maxPending', async () => {
    let here = 0;
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const handler: GreenHandler = (socket) => {
      here++;
      wait(released);
      socket.write(`${here}\n`);
    };
    const port = await serve(handler, { maxConnections: 2, maxPending: 1 });
    const clients = [1, 2, 3, 4, 5].map(() => spawn(() => ask(port, 'x')));
    const outcomes = Promise.allSettled(clients);
    while ((services[0] as GreenService).stats.refused < 2) await delay(1);
    expect([here, services[0]?.stats.connections]).toEqual([2, 3]);
    release();
    expect(
      (await outcomes).filter(({ status, ...rest }) => status === 'fulfilled' && 'value' in rest && rest.value),
    ).toHaveLength(3);
  });

  it('uses a pool that is given, and leaves it open', async () => {
    const pool = new GreenPool({ maxWorkers: 3 });
    const port = await serve((socket) => socket.write(`${pool.stats.active}\n`), { pool });
    expect(await run(() => ask(port, 'x'))).toBe('1');
    await services[0]?.close();
    expect(pool.closed).toBe(false);
    await pool.shutdown();
  });

  it('tells onError of what a handler throws, and closes the connection', async () => {
    const errors: unknown[] = [];
    const handler: GreenHandler = () => {
      throw new Error('on purpose');
    };
    const port = await serve(handler, { onError: (error, socket) => errors.push(error, socket.closed) });
    const answer = await run(() => ask(port, 'x')).catch((error) => error.code);
    expect([null, 'ECONNRESET']).toContain(answer); // with its question unread, the system resets it
    expect(errors).toEqual([expect.objectContaining({ message: 'on purpose' }), true]);
  });

  it.each(['its own', 'a given'])('closes: %s pool lets handlers end, or cancels them after drain', async (kind) => {
    const pool = kind === 'a given' ? new GreenPool() : undefined;
    const outcomes: unknown[] = [];
    const handler: GreenHandler = (socket) => {
      try {
        if (socket.readLine() === 'slow') wait(new Promise(() => {}));
        socket.write('done\n');
        outcomes.push('ended');
      } catch (error) {
        outcomes.push((error as { code: string }).code);
        throw error;
      }
    };
    const options = pool === undefined ? {} : { pool };
    const port = await serve(handler, options);
    const slow = spawn(() => ask(port, 'slow'));
    const ended = Promise.allSettled([slow]);
    expect(await run(() => ask(port, 'quick'))).toBe('done');
    while ((services[0] as GreenService).stats.connections === 0) await delay(1);
    await services[0]?.close({ drain: 10 });
    await ended;
    expect(outcomes).toEqual(['ended', 'GREEN_ERR_CANCELLED']);
    await expect(run(() => ask(port, 'x'))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await pool?.shutdown();
  });

  it('rejects listening when it cannot', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const service = greenServe(() => {}, { port, host: '127.0.0.1' });
    await expect(service.listening).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await service.close();
    server.close();
  });

  it('rejects listening when it is closed before, of which nobody need take notice', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const service = greenServe(() => {}, { port: 0, host });
      await service.close();
      await expect(service.listening).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
      expect(service.raw.listening).toBe(false);
    }
  });

  it.each<[string, object]>([
    ['onError', { onError: 7 }],
    ['pool', { pool: {} }],
    ['maxConnections', { maxConnections: 0 }],
    ['maxPending', { maxPending: -1 }],
    ['maxConnections', { pool: new GreenPool(), maxConnections: 5 }],
  ])('refuses bad options: %s in %j', (name, options) => {
    const refused = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID', message: expect.stringContaining(name) });
    expect(() => greenServe(() => {}, { port: 0, ...options })).toThrow(refused);
    expect(() => greenServe(undefined as never, { port: 0 })).toThrow(withCode('GREEN_ERR_OPT_INVALID'));
  });

  it('is disposed of with everything on it', async () => {
    const handler: GreenHandler = (socket) => socket.readAll();
    let port = 0;
    {
      await using service = greenServe(handler, { port: 0, host: '127.0.0.1' });
      ({ port } = (await service.listening) as AddressInfo);
      expect(service).toBeInstanceOf(GreenService);
      await run(() => greenConnect({ port, host: '127.0.0.1', detached: true }).detach());
    }
    await expect(run(() => ask(port, 'x'))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
