// @fastify/websocket: sockets and green routes on one server, and message handlers that run in the pool.

import { once } from 'node:events';

import websocket from '@fastify/websocket';
import { WebSocket } from 'undici';
import { describe, expect, it } from 'vitest';

import { inContext, wait } from '../../../src/index.ts';
import { deep, greenServer, later, listen } from './green-server.ts';

/** Sends each message and resolves to the answers. */
async function converse(url: string, messages: readonly string[]): Promise<string[]> {
  const socket = new WebSocket(url.replace('http:', 'ws:'));
  const answers: string[] = [];
  const answered = new Promise<void>((resolve, reject) => {
    socket.addEventListener('error', (event) => reject(event.error));
    socket.addEventListener('message', ({ data }) => {
      if (answers.push(String(data)) === messages.length) resolve();
    });
  });
  await once(socket, 'open');
  for (const message of messages) socket.send(message);
  await answered;
  socket.close();
  return answers;
}

describe('@fastify/websocket', () => {
  it('serves sockets beside green routes, in one route too', async () => {
    const app = await greenServer();
    await app.register(websocket);
    app.route({
      method: 'GET',
      url: '/',
      green: true,
      handler: () => wait(later('over HTTP')),
      wsHandler: (socket) => {
        socket.on('message', (data: Buffer) => socket.send(`over a socket: ${data}`));
      },
    });
    const url = await listen(app);
    expect(await (await fetch(url)).text()).toBe('over HTTP');
    expect(await converse(url, ['a', 'b'])).toEqual(['over a socket: a', 'over a socket: b']);
  });

  it('has message handlers that wait, in the pool', async () => {
    const app = await greenServer({ maxWorkers: 1 });
    await app.register(websocket);
    app.get('/', { websocket: true }, (socket) => {
      socket.on('message', (data: Buffer) =>
        app.green.run(() => {
          const answer = deep(10, () => wait(later(`${data}, ${inContext() ? 'in' : 'out of'} context`)));
          socket.send(answer);
        }),
      );
    });
    const url = await listen(app);
    const messages = ['one', 'two', 'three'];
    expect(await converse(url, messages)).toEqual(messages.map((message) => `${message}, in context`));
    expect(app.green.pool().stats).toMatchObject({ active: 0, completed: 3 });
  });

  it('does not make a socket handler green, whatever `all` says', async () => {
    const app = await greenServer({ all: true });
    await app.register(websocket);
    app.get('/', { websocket: true }, (socket) => {
      socket.on('message', () => socket.send(String(inContext())));
    });
    const url = await listen(app);
    expect(await converse(url, ['?'])).toEqual(['false']);
  });
});
