// Green routes over HTTP/2, where a response is a stream of a connection that others share.

import { once } from 'node:events';
import { constants } from 'node:http2';

import { describe, expect, it } from 'vitest';

import { type CancelledError, wait } from '../../src/index.ts';
import { answerOf, get, later, pending, server, session, until } from './http2-server.ts';

describe('a green route over HTTP/2', () => {
  it('answers after waits, several streams of a connection at once', async () => {
    const app = await server();
    app.get<{ Params: { id: string } }>('/:id', { green: true }, (request) => wait(later(`id ${request.params.id}`)));
    const opened = await session(app);
    const answers = await Promise.all([1, 2, 3, 4, 5].map((id) => answerOf(get(opened, `/${id}`))));
    expect(answers).toEqual([1, 2, 3, 4, 5].map((id) => ({ status: 200, body: `id ${id}` })));
  });

  it('gets a body', async () => {
    const app = await server();
    app.post('/', { green: true }, (request) => wait(later(request.body)));
    const opened = await session(app);
    const stream = opened.request({ ':method': 'POST', 'content-type': 'application/json' });
    stream.end('{"sent":1}');
    expect(await answerOf(stream)).toEqual({ status: 200, body: '{"sent":1}' });
  });

  it('is cancelled when its stream is reset, and no other stream is', async () => {
    const app = await server();
    const ended: unknown[] = [];
    let open!: () => void;
    const promise = new Promise<void>((resolve) => {
      open = resolve;
    });
    app.get('/reset', { green: true }, () => {
      try {
        wait(pending());
      } catch (error) {
        ended.push((error as CancelledError).reason);
        throw error;
      }
    });
    app.get('/kept', { green: true }, () => {
      wait(promise);
      return 'kept';
    });
    const opened = await session(app);
    const reset = get(opened, '/reset');
    const kept = answerOf(get(opened, '/kept'));
    await until(() => app.green.pool().stats.active === 2);
    reset.close(constants.NGHTTP2_CANCEL);
    await until(() => app.green.pool().stats.active === 1);
    expect(ended).toEqual(['disconnect']);
    open();
    expect(await kept).toEqual({ status: 200, body: 'kept' });
  });

  it('is cancelled, queued or running, when the connection is gone', async () => {
    const app = await server({ maxWorkers: 1 });
    app.get('/', { green: true }, () => wait(pending()));
    const opened = await session(app);
    for (const path of ['/', '/']) get(opened, path).on('error', () => {});
    await until(() => app.green.pool().stats.queued === 1);
    opened.destroy();
    await until(() => app.green.pool().stats.active + app.green.pool().stats.queued === 0);
    expect(app.green.pool().stats.cancelled).toBe(2);
  });

  it('is cancelled at its first wait when its stream was reset before it began', async () => {
    const app = await server();
    let came = false;
    app.addHook('preHandler', async (_request, reply) => {
      came = true;
      await once(reply.raw, 'close');
    });
    app.get('/', { green: true }, () => wait(pending()));
    const stream = get(await session(app), '/');
    await until(() => came);
    stream.close(constants.NGHTTP2_CANCEL);
    await until(() => app.green.pool().stats.cancelled === 1);
  });

  it('learns from a write that the client has gone, where that does not cancel it', async () => {
    const app = await server();
    const outcome = new Promise((resolve) => {
      app.get('/', { green: { cancelOnDisconnect: false } }, (request, reply) => {
        wait(once(reply.raw, 'close'));
        try {
          request.green.write('to nobody');
        } catch (error) {
          resolve(error);
        }
      });
    });
    const stream = get(await session(app), '/');
    await until(() => app.green.pool().stats.active === 1);
    stream.close(constants.NGHTTP2_CANCEL);
    expect(await outcome).toMatchObject({ code: 'GREEN_ERR_STREAM_CLOSED' });
  });

  it('is not cancelled by the end of its own answer', async () => {
    const app = await server();
    let workedOn = false;
    app.get('/', { green: true }, (_request, reply) => {
      reply.send('early');
      wait(once(reply.raw, 'close'));
      wait(later(undefined));
      workedOn = true;
    });
    const opened = await session(app);
    expect(await answerOf(get(opened, '/'))).toEqual({ status: 200, body: 'early' });
    await until(() => app.green.pool().stats.active === 0);
    expect(workedOn).toBe(true);
  });

  it('is answered when its time is over', async () => {
    const app = await server();
    app.get('/', { green: { timeout: 20 } }, () => wait(pending()));
    const { status, body } = await answerOf(get(await session(app), '/'));
    expect([status, JSON.parse(body).code]).toEqual([503, 'GREEN_ERR_REQUEST_TIMEOUT']);
  });

  it('reads a raw body and writes parts with request.green', async () => {
    const app = await server();
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    app.post('/', { green: true }, (request) => {
      const body = request.green.body();
      for (const part of ['got ', body]) {
        wait(later(undefined));
        request.green.write(part);
      }
    });
    const stream = (await session(app)).request({ ':method': 'POST', 'content-type': 'text/x' });
    stream.end('this');
    expect(await answerOf(stream)).toEqual({ status: 200, body: 'got this' });
  });
});
