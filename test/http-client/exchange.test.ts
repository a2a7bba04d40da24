import { inspect } from 'node:util';
import type { Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';

import { Exchange } from '../../src/http-client/exchange/exchange.ts';
import { HttpClient } from '../../src/http-client/index.ts';
import { OutgoingRequest } from '../../src/http-client/outgoing-request.ts';
import { run } from '../../src/pool/index.ts';
import { failureOf, inBothModes } from './both-modes.ts';
import { closed, deferred, startFaultServer, unusedPort } from './servers.ts';

describe('a request that takes too long', () => {
  inBothModes('fails in the connect phase, while TLS is not agreed on', async (ask) => {
    const { url } = await startFaultServer(() => {}); // answers no hello
    const error = await failureOf(
      ask((client) => client.get(`${url.replace('http', 'https')}/secret?token=x`, { timeout: 60 })),
    );
    expect(error).toMatchObject({
      code: 'GREEN_ERR_HTTP_TIMEOUT',
      statusCode: 504,
      phase: 'connect',
      limit: 60,
      method: 'GET',
      url: `${url.replace('http', 'https')}/secret`,
      message: expect.stringMatching(
        /^The GET request exceeded its total limit of 60 ms in the connect phase; \d+ ms were/,
      ),
    });
    expect(error['elapsed']).toBeGreaterThan(55);
  });

  inBothModes('fails in the headers phase, and is taken off the wire', async (ask) => {
    const gone = deferred();
    const { url } = await startFaultServer((socket) => gone.resolve(closed(socket) as never));
    const error = await failureOf(ask((client) => client.post(url, { json: {} }), { timeout: 60 }));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', phase: 'headers', limit: 60, method: 'POST' });
    await gone.promise;
  });

  inBothModes('fails in the headers phase, when only an informational response has come', async (ask) => {
    const { url } = await startFaultServer((socket) => socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'));
    const error = await failureOf(ask((client) => client.get(url, { timeout: 60 })));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', phase: 'headers' });
  });

  inBothModes('fails in the body phase, however steadily bytes come, and is taken off the wire', async (ask) => {
    const gone = deferred();
    const { url } = await startFaultServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n');
      const drip = setInterval(() => socket.write('x'), 5);
      void closed(socket).then(() => {
        clearInterval(drip);
        gone.resolve();
      });
    });
    const error = await failureOf(ask((client) => client.get(url, { timeout: 60 })));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', phase: 'body', limit: 60 });
    await gone.promise;
  });

  inBothModes('is let be with a timeout of 0', async (ask) => {
    const { url } = await startFaultServer((socket) => {
      setTimeout(() => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'), 60);
    });
    expect((await ask((client) => client.get(url, { timeout: 0 }), { timeout: 20 })).status).toBe(200);
  });

  it('is not sent any more when the connection comes after the deadline', () => {
    let handler: Dispatcher.DispatchHandler | undefined;
    const dispatcher = { dispatch: (_: unknown, given: Dispatcher.DispatchHandler) => (handler = given) };
    let settled = 0;
    const exchange = newExchange(dispatcher as unknown as Dispatcher);
    exchange.start({ fulfil: () => settled++ });
    exchange.expire();
    const aborts: Error[] = [];
    const controller = { abort: (reason: Error) => aborts.push(reason) } as unknown as Dispatcher.DispatchController;
    handler?.onRequestStart?.(controller, null);
    handler?.onResponseError?.(controller, aborts[0] as Error);
    expect([aborts.length, settled]).toEqual([1, 1]);
    expect(exchange.error()).toMatchObject({ phase: 'connect', timeout: 'total' });
  });

  it('is taken off the wire when nobody waits any longer', () => {
    let aborts = 0;
    const exchange = newExchange({ dispatch: () => true } as unknown as Dispatcher);
    exchange.start({ fulfil: () => {} });
    const controller = { abort: () => aborts++ } as unknown as Dispatcher.DispatchController;
    exchange.onRequestStart(controller);
    exchange.abandon();
    exchange.abandon();
    expect(aborts).toBe(1);
  });
});

describe('a connection', () => {
  inBothModes('that is refused', async (ask) => {
    const port = await unusedPort();
    const error = await failureOf(ask((client) => client.get(`http://127.0.0.1:${port}/a?token=x`)));
    expect(error).toMatchObject({
      code: 'GREEN_ERR_HTTP_CONNECT',
      statusCode: 502,
      phase: 'connect',
      url: `http://127.0.0.1:${port}/a`,
      cause: { code: 'ECONNREFUSED' },
      message: 'The GET request could not connect (ECONNREFUSED).',
    });
  });

  inBothModes('to a name that does not exist', async (ask) => {
    const error = await failureOf(ask((client) => client.get('http://does-not-exist.invalid/')));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_CONNECT', cause: { syscall: 'getaddrinfo' } });
    expect(error.message).not.toContain('invalid');
  });

  inBothModes('that is reset before the headers', async (ask) => {
    const { url } = await startFaultServer((socket) => socket.resetAndDestroy());
    const error = await failureOf(ask((client) => client.get(url)));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TRANSPORT', phase: 'headers', statusCode: 502 });
    expect(error.cause).toBeInstanceOf(Error);
  });

  inBothModes('that ends in the middle of the body', async (ask) => {
    for (const framing of ['content-length: 100', 'transfer-encoding: chunked']) {
      const { url } = await startFaultServer((socket) => socket.end(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n5\r\nabcde`));
      const error = await failureOf(ask((client) => client.get(url)));
      expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TRANSPORT', phase: 'body' });
    }
  });

  inBothModes('that is reset in the middle of the body', async (ask) => {
    const { url } = await startFaultServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc', () =>
        setImmediate(() => socket.resetAndDestroy()),
      );
    });
    expect(await failureOf(ask((client) => client.get(url)))).toMatchObject({ code: 'GREEN_ERR_HTTP_TRANSPORT' });
  });

  inBothModes('that does not speak HTTP, whose bytes do not come with the error', async (ask) => {
    const { url } = await startFaultServer((socket) => socket.end('secret-bytes of another protocol\r\n\r\n'));
    const error = await failureOf(ask((client) => client.get(url)));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TRANSPORT', phase: 'headers' });
    expect(inspect(error, { depth: 9 })).not.toContain('secret-bytes');
  });

  inBothModes('whose body ends with the connection', async (ask) => {
    const { url } = await startFaultServer((socket) => socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nall'));
    expect((await ask((client) => client.get(url))).text()).toBe('all');
  });
});

describe('a response', () => {
  inBothModes('with informational ones before it', async (ask) => {
    const { url } = await startFaultServer((socket) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n');
      setImmediate(() => socket.write('HTTP/1.1 200 OK\r\nx-real: yes\r\ncontent-length: 2\r\n\r\nok'));
    });
    const response = await ask((client) => client.get(url));
    expect([response.status, response.headers.get('link'), response.headers.get('x-real'), response.text()]).toEqual([
      200,
      null,
      'yes',
      'ok',
    ]);
  });

  inBothModes('whose announced body is too large is refused at its headers', async (ask) => {
    const gone = deferred();
    const { url } = await startFaultServer((socket) => {
      void closed(socket).then(gone.resolve);
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n'); // and no body
    });
    const error = await failureOf(ask((client) => client.get(url), { maxResponseBytes: 1000 }));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_BODY_TOO_LARGE', limit: 1000, statusCode: 502 });
    await gone.promise;
  });

  inBothModes('whose body grows too large is cut off', async (ask) => {
    const gone = deferred();
    const { url } = await startFaultServer((socket) => {
      void closed(socket).then(gone.resolve);
      socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(1500)}`); // without an end
    });
    const error = await failureOf(ask((client) => client.get(url), { maxResponseBytes: 1000 }));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_BODY_TOO_LARGE', limit: 1000 });
    await gone.promise;
  });

  inBothModes('of exactly the limit is let through', async (ask) => {
    const { url } = await startFaultServer((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n${'x'.repeat(1000)}`);
    });
    expect((await ask((client) => client.get(url), { maxResponseBytes: 1000 })).bytes().byteLength).toBe(1000);
  });
});

describe('after a failure', () => {
  it('the client goes on', async () => {
    let broken = true;
    const { url } = await startFaultServer((socket) => {
      if (broken) socket.resetAndDestroy();
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      broken = !broken;
    });
    const client = new HttpClient({ green: true });
    const outcomes = await run(() =>
      [1, 2, 3, 4].map(() => {
        try {
          return client.get(url).text();
        } catch (error) {
          return (error as { code: string }).code;
        }
      }),
    );
    expect(outcomes).toEqual(['GREEN_ERR_HTTP_TRANSPORT', 'ok', 'GREEN_ERR_HTTP_TRANSPORT', 'ok']);
    await client.close();
  });

  it('close() does not wait for a connection that only an expired request wanted', async () => {
    const connected = deferred();
    const { url } = await startFaultServer(() => connected.resolve());
    const client = new HttpClient({ green: true, timeout: 30 });
    await failureOf(run(() => client.get(url.replace('http', 'https'))));
    await connected.promise;
    const started = performance.now();
    await client.close();
    expect(performance.now() - started).toBeLessThan(2000); // undici would give the handshake 10 s
  });
});

function newExchange(dispatcher: Dispatcher): Exchange {
  const request = new OutgoingRequest('GET', 'http://h', '/', new Map(), null);
  const settings = {
    green: false,
    timeouts: { total: 1000, connect: 0, headers: 0, body: 0 },
    maxResponseBytes: 1000,
    stream: false,
    onUploadProgress: undefined,
    onDownloadProgress: undefined,
    transport: { connectionsMade: 0 },
  };
  return new Exchange(request, dispatcher, settings, performance.now());
}
