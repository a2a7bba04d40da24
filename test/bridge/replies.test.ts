// What a handler returns may be one of these iterators: the reply then reads it, in contexts of its own.

import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';

import { describe, expect, it } from 'vitest';

import { asyncIter, imap, wait } from '../../src/index.ts';
import { server } from '../middleware/servers.ts';
import { later } from '../support/turns.ts';

describe('as a reply', () => {
  it('imap() is streamed, its calls going on between the chunks', async () => {
    const app = await server();
    app.get('/', { green: true }, () => imap((n) => wait(later(`${n}`)), [1, 2, 3, 4, 5, 6], { concurrency: 2 }));
    app.get('/generator', { green: true }, function* () {
      for (const text of imap((n) => wait(later(`${n}`)), [1, 2, 3, 4, 5, 6], { concurrency: 2 })) yield text;
    });
    expect((await app.inject('/')).body).toBe('123456');
    expect((await app.inject('/generator')).body).toBe('123456');
  });

  it('asyncIter() is streamed', async () => {
    const app = await server();
    async function* source(): AsyncGenerator<string> {
      for (const text of ['a', 'b', 'c']) yield await later(text);
    }
    app.get('/', { green: true }, () => asyncIter(source()));
    expect((await app.inject('/')).body).toBe('abc');
  });

  it('imap() is closed when the client has gone', async () => {
    const app = await server();
    let running = 0;
    let called = 0;
    const endless = function* (): Generator<number> {
      for (let n = 0; ; n++) yield n;
    };
    const chunk = (): string => {
      running++;
      called++;
      try {
        wait(later(undefined));
        return 'x'.repeat(1000);
      } finally {
        running--;
      }
    };
    app.get('/', { green: true }, () => imap(chunk, endless(), { concurrency: 3 }));
    await app.listen({ port: 0, host: '127.0.0.1' });
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'data');
    socket.destroy();
    let before = -1;
    while (running > 0 || called !== before) {
      before = called;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(called).toBeGreaterThan(3);
  });
});
