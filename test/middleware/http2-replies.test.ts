// Replies over HTTP/2 that are sent in parts, and the close of a server that sends them.

import { once } from 'node:events';
import { constants } from 'node:http2';

import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';

import { wait } from '../../src/index.ts';
import { answerOf, get, later, server, session, until } from './http2-server.ts';

describe('half a reply over HTTP/2', () => {
  it.each<[string, (request: FastifyRequest) => unknown]>([
    [
      'request.green.write()',
      (request) => {
        request.green.write('half');
        wait(later(undefined));
        throw new Error('no more');
      },
    ],
    [
      'an iterator',
      function* () {
        yield 'half';
        wait(later(undefined));
        throw new Error('no more');
      },
    ],
  ])('does not look complete to the client when %s fails', async (_what, handler) => {
    const app = await server();
    app.get('/', { green: true }, handler as never);
    await expect(answerOf(get(await session(app), '/'))).rejects.toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR' });
  });
});

describe('an iterator that is streamed over HTTP/2', () => {
  it('goes as far as the client reads, and holds no worker meanwhile', async () => {
    const app = await server({ maxWorkers: 1 });
    const chunk = 'x'.repeat(100_000);
    const total = 200;
    let made = 0;
    app.get('/', { green: true }, function* () {
      for (; made < total; made++) yield wait(later(chunk));
    });
    const stream = get(await session(app), '/');
    await once(stream, 'response');
    let before = -1;
    while (made > before || app.green.pool().stats.active > 0) {
      before = made;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(made).toBeLessThan(total);
    expect((await stream.toArray()).reduce((sum: number, part: Buffer) => sum + part.length, 0)).toBe(
      total * chunk.length,
    );
  });

  it('gives back what it holds when its stream is reset', async () => {
    const app = await server();
    let givenBack = false;
    app.get('/', { green: true }, function* () {
      try {
        for (;;) yield wait(later('x'.repeat(100_000)));
      } finally {
        wait(later(undefined));
        givenBack = true;
      }
    });
    const stream = get(await session(app), '/');
    await once(stream, 'response');
    stream.close(constants.NGHTTP2_CANCEL);
    await until(() => givenBack);
  });
});

describe('close over HTTP/2', () => {
  it('lets a green request finish, and does not wait for the client to go', async () => {
    const app = await server();
    let open!: () => void;
    const promise = new Promise<void>((resolve) => {
      open = resolve;
    });
    app.get('/', { green: true }, () => {
      wait(promise);
      return 'drained';
    });
    const opened = await session(app);
    const answer = answerOf(get(opened, '/'));
    await until(() => app.green.pool().stats.active === 1);
    const closed = app.close();
    await until(() => app.green.pool().closed);
    open();
    expect(await answer).toEqual({ status: 200, body: 'drained' });
    await closed;
  });

  it('cuts off an iterator that is not read in time', async () => {
    const app = await server({ drainTimeout: 20 });
    let givenBack = false;
    app.get('/', { green: true }, function* () {
      try {
        for (;;) yield wait(later('x'.repeat(100_000)));
      } finally {
        givenBack = true;
      }
    });
    const stream = get(await session(app), '/').on('error', () => {});
    await once(stream, 'response');
    await app.close();
    expect(givenBack).toBe(true);
  });
});
