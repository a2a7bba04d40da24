import { Readable } from 'node:stream';
import fastify from 'fastify';
import type { Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';

import { InjectDispatcher } from '../../../src/http-client/transport/injectable-app.ts';
import { deferred } from '../servers.ts';
import { newTransport, send } from './send.ts';

describe('an app in the same process', () => {
  it('gets the request, and its answer comes back', async () => {
    const app = fastify();
    app.post('/users', async (request, reply) => {
      reply.code(201).header('set-cookie', ['a=1', 'b=2']).header('x-a', 'é');
      return { query: request.query, body: request.body, host: request.host, header: request.headers['x-b'] };
    });
    const transport = newTransport({ app });
    const answer = await send(transport, 'http://service.test/users?q=1', {
      method: 'POST',
      headers: ['content-type', 'application/json', 'x-b', ['1', '2'] as unknown as string],
      body: '{"c":1}',
    });
    expect(JSON.parse(answer.body)).toEqual({
      query: { q: '1' },
      body: { c: 1 },
      host: 'service.test',
      header: '1, 2',
    });
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'] });
    expect(transport.connectionsMade).toBe(0);
  });

  it.each([
    ['bytes', () => new Uint8Array(Buffer.from('hello'))],
    ['a stream', () => Readable.from(['hel', 'lo'])],
    ['an iterable', () => [Buffer.from('hel'), Buffer.from('lo')] as unknown as Readable],
  ] as const)('gets a body of %s', async (_what, body) => {
    const app = fastify();
    app.addContentTypeParser('text/x', { parseAs: 'string' }, async (_request: unknown, text: string) => text);
    app.put('/', async (request) => `got ${request.body}`);
    const headers = ['content-type', 'text/x'];
    const answer = await send(newTransport({ app }), 'http://a.test/', { method: 'PUT', headers, body: body() });
    expect(answer.body).toBe('got hello');
  });

  it('answers HEAD without a body', async () => {
    const app = fastify();
    app.head('/', (_request, reply) => reply.header('content-length', '3').send('abc'));
    const answer = await send(newTransport({ app }), 'http://a.test/', { method: 'HEAD' });
    expect(answer).toMatchObject({ status: 200, body: '', headers: { 'content-length': '3' } });
  });

  it('runs on a stack of its own', async () => {
    let isInside = true;
    const app = { inject: () => Promise.reject(new Error(`inside: ${isInside}`)) };
    const sent = send(newTransport({ app }), 'http://a.test/');
    isInside = false;
    await expect(sent).rejects.toThrow('inside: false');
  });

  it('that throws fails the request', async () => {
    const app = {
      inject: (): Promise<never> => {
        throw new Error('broken');
      },
    };
    await expect(send(newTransport({ app }), 'http://a.test/')).rejects.toThrow('broken');
  });

  it('is read at the pace of the reader', async () => {
    const app = fastify();
    let pulled = 0;
    const chunk = Buffer.alloc(64 * 1024);
    const source = Readable.from(
      (function* () {
        for (; pulled < 100; pulled++) yield chunk;
      })(),
      { objectMode: false, highWaterMark: 1 },
    );
    app.get('/', (_request, reply) => reply.send(source));
    const [started, ended] = [deferred<Dispatcher.DispatchController>(), deferred()];
    let received = 0;
    dispatch(app, {
      onRequestStart: () => {},
      onResponseStart: (controller) => {
        controller.pause();
        started.resolve(controller);
      },
      onResponseData: (_controller, data) => {
        received += data.length;
      },
      onResponseEnd: () => ended.resolve(),
    });
    const controller = await started.promise;
    expect(controller.paused).toBe(true);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(received).toBe(0);
    expect(pulled).toBeLessThan(20);
    controller.resume();
    await ended.promise;
    expect(received).toBe(100 * chunk.length);
  });

  it('is told when the request is aborted, and the handler once', async () => {
    const [gone, failed] = [deferred(), deferred<Error>()];
    const app = fastify();
    app.get('/', (request, reply) => {
      request.raw.on('close', () => gone.resolve());
      const body = new Readable({ read: () => {} });
      body.push('first');
      return reply.send(body);
    });
    let failures = 0;
    dispatch(app, {
      onRequestStart: () => {},
      onResponseData: (controller) => controller.abort(new Error('enough')),
      onResponseError: (controller, error) => {
        failures++;
        expect(controller).toMatchObject({ aborted: true, reason: error });
        failed.resolve(error);
      },
    });
    expect(await failed.promise).toMatchObject({ message: 'enough' });
    await gone.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect(failures).toBe(1);
  });

  it('is not asked if the request is aborted at once', async () => {
    const failed = deferred<Error>();
    let asked = false;
    const app = {
      inject: (): Promise<never> => {
        asked = true;
        return Promise.reject(new Error('asked'));
      },
    };
    dispatch(app, {
      onRequestStart: (controller) => controller.abort(new Error('never mind')),
      onResponseError: (_controller, error) => failed.resolve(error),
    });
    expect(await failed.promise).toMatchObject({ message: 'never mind' });
    expect(asked).toBe(false);
  });
});

function dispatch(app: ConstructorParameters<typeof InjectDispatcher>[0], handler: Dispatcher.DispatchHandler): void {
  new InjectDispatcher(app).dispatch({ origin: 'http://a.test', path: '/', method: 'GET' }, handler);
}
