import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, test } from 'vitest';

import { HttpClient } from '../../../src/http-client/index.ts';
import { type EventSourceOptions, eventSource, type HttpEvents } from '../../../src/http-client/sse/event-source.ts';
import type { HttpEvent } from '../../../src/http-client/sse/event-splitter.ts';
import { ReconnectDelay } from '../../../src/http-client/sse/reconnect-delay.ts';
import { run, spawn, wait } from '../../../src/pool/index.ts';
import { failureOf } from '../both-modes.ts';
import { StreamClient } from '../responses/stream-client.ts';
import { closed, deferred, startServer, unusedPort } from '../servers.ts';

interface Listener {
  /** Iterates until `take` says no more, or to the end. */
  listen(
    url: string,
    options?: EventSourceOptions,
    take?: (event: HttpEvent, source: HttpEvents<boolean>) => boolean,
  ): Promise<string[]>;
  readonly requests: Record<string, unknown>[];
}

const goOn = (): boolean => true;

function inBothModes(title: string, body: (listener: Listener) => Promise<void>): void {
  test(`${title} [green]`, () => {
    const client = new StreamClient(true);
    return body({
      requests: client.requests,
      listen: (url, options, take = goOn) =>
        run(() => {
          const data: string[] = [];
          const source = eventSource(client, url, { retry: 1, ...options });
          for (const event of source) {
            data.push(event.data);
            if (!take(event, source as HttpEvents<boolean>)) break;
          }
          return data;
        }),
    });
  });
  test(`${title} [promises]`, () => {
    const client = new StreamClient(false);
    return body({
      requests: client.requests,
      listen: async (url, options, take = goOn) => {
        const data: string[] = [];
        const source = eventSource(client, url, { retry: 1, ...options });
        for await (const event of source) {
          data.push(event.data);
          if (!take(event, source as HttpEvents<boolean>)) break;
        }
        return data;
      },
    });
  });
}

/** Answers the requests in turn; then with 204. */
function answering(...answers: ((response: ServerResponse, request: IncomingMessage) => void)[]) {
  return startServer((request, response) => {
    const answer = answers.shift();
    if (answer === undefined) response.writeHead(204).end();
    else {
      response.setHeader('content-type', 'text/event-stream; charset=utf-8');
      answer(response, request);
    }
  });
}

describe('eventSource()', () => {
  inBothModes('connects again with Last-Event-ID, until 204', async ({ listen, requests }) => {
    const { url } = await answering(
      (response) => response.end('id: 1\ndata: a\n\ndata: b\nid: é2\n\ndata: cut'),
      (response) => response.end('data: c\n\n'),
    );
    expect(await listen(url, { lastEventId: '0', request: { headers: { 'x-own': 'yes' } } })).toEqual(['a', 'b', 'c']);
    const headers = { accept: 'text/event-stream', 'cache-control': 'no-store', 'x-own': 'yes' };
    const id = Buffer.from('é2').toString('latin1');
    expect(requests).toEqual([
      { ...headers, 'last-event-id': '0' },
      { ...headers, 'last-event-id': id },
      { ...headers, 'last-event-id': id },
    ]);
  });

  inBothModes('connects again after a break', async ({ listen }) => {
    const { url } = await answering(
      (response) => response.write('data: a\n\n', () => response.destroy()),
      (_, request) => request.socket.destroy(),
      (response) => response.end('retry: 2\ndata: b\n\n'),
    );
    const got = await listen(url);
    expect(got.at(-1)).toBe('b');
  });

  inBothModes('ends by leaving the loop, and closes the connection', async ({ listen }) => {
    const gone = deferred();
    const { url } = await answering((response, request) => {
      void closed(request.socket).then(gone.resolve);
      response.write('data: a\n\ndata: b\n\n');
    });
    expect(await listen(url, {}, () => false)).toEqual(['a']);
    await gone.promise;
  });

  inBothModes('ends by close(), while it waits for an event', async ({ listen }) => {
    const { url } = await answering((response) => response.write('id: 5\ndata: a\n\n'));
    const got = await listen(url, {}, (event, source) => {
      expect([event.id, source.lastEventId]).toEqual(['5', '5']);
      setImmediate(() => {
        source.close();
        source.close();
      });
      return true;
    });
    expect(got).toEqual(['a']);
  });

  inBothModes('ends by close(), while it waits to connect again', async ({ listen }) => {
    const { url } = await answering((response) => response.end('retry: 2147483647\ndata: a\n\n'));
    const got = await listen(url, {}, (_event, source) => {
      setTimeout(() => source.close(), 20);
      return true;
    });
    expect(got).toEqual(['a']);
  });

  inBothModes('ends by close(), while a connection is being made', async ({ listen }) => {
    const asked = deferred();
    const { url } = await answering(
      (response) => response.end('data: a\n\n'),
      () => asked.resolve(), // and no answer
    );
    const got = await listen(url, {}, (_event, source) => {
      void asked.promise.then(() => source.close());
      return true;
    });
    expect(got).toEqual(['a']);
  });

  it('is ended by the signal of its requests, with an error', async () => {
    const { url } = await answering((response) => response.write('data: a\n\n'));
    const aborter = new AbortController();
    const client = new HttpClient({ throwOnError: true });
    const source = eventSource(client, url, { request: { signal: aborter.signal } });
    const failure = failureOf(
      (async () => {
        for await (const _ of source) aborter.abort();
      })(),
    );
    expect((await failure)['code']).toBe('GREEN_ERR_CANCELLED');
    await client.close();
  });

  inBothModes('throws for a status, with the body, and for another content-type', async ({ listen }) => {
    const { url } = await answering(
      (response) => response.writeHead(403).end('not you'),
      (response) => response.setHeader('content-type', 'text/html').end('<p>'),
      (response) => response.writeHead(205).end(),
    );
    const refused = await failureOf(listen(url));
    expect(refused).toMatchObject({ code: 'GREEN_ERR_HTTP_STATUS', status: 403 });
    expect((refused['response'] as { text(): string }).text()).toBe('not you');
    expect(await failureOf(listen(url))).toMatchObject({
      code: 'GREEN_ERR_HTTP_CONTENT_TYPE',
      status: 200,
      message: 'The GET request was answered with 200 and another content-type than text/event-stream.',
    });
    expect(await failureOf(listen(url))).toMatchObject({ code: 'GREEN_ERR_HTTP_CONTENT_TYPE', status: 205 });
  });

  inBothModes('throws for an event that is too long', async ({ listen }) => {
    const { url } = await answering((response) => response.write(`data: ${'x'.repeat(200)}`));
    const error = await failureOf(listen(url, { maxEventLength: 100 }));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_BODY_TOO_LARGE', limit: 100 });
  });

  it.each([{ retry: -1 }, { retry: Number.NaN }, { maxDelay: 2 ** 31 }, { maxEventLength: 0 }, { lastEventId: 5 }])(
    'refuses %j',
    (options) => {
      const make = () => eventSource(new StreamClient(false), 'http://h/', options as EventSourceOptions);
      expect(make).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
    },
  );

  it('goes on where it was in another loop', async () => {
    const { url } = await answering(
      (response) => response.write('id: 1\ndata: a\n\n'),
      (response) => response.write('id: 2\ndata: b\n\n'),
    );
    const client = new StreamClient(false);
    const source = eventSource(client, url, { retry: 1 });
    for (let i = 0; i < 2; i++) {
      for await (const _ of source) break;
    }
    expect(source.lastEventId).toBe('2');
    expect(client.requests[1]).toMatchObject({ 'last-event-id': '1' });
    source[Symbol.dispose]();
  });

  it('is ended by the cancellation of its context, also between connections', async () => {
    const port = await unusedPort();
    const client = new StreamClient(true);
    const outcome = await run(() => {
      const task = spawn(() => [...eventSource(client, `http://127.0.0.1:${port}/`, { retry: 2 ** 31 - 1 })]);
      while (client.requests.length === 0 || task.state !== 'waiting') wait(new Promise(setImmediate));
      task.cancel();
      return failureOf(task as unknown as Promise<unknown>);
    });
    expect(outcome).toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
  });
});

describe('ReconnectDelay', () => {
  it("is the server's own after a good end, and grows at random after failures", () => {
    const delay = new ReconnectDelay(1000, 5000);
    expect(delay.next(1)).toBe(1000);
    const longest = Array.from({ length: 5 }, () => {
      delay.failed();
      return delay.next(1);
    });
    expect(longest).toEqual([1000, 2000, 4000, 5000, 5000]);
    expect(delay.next(0)).toBe(1000);
    delay.retry = 60_000;
    expect(delay.next(1)).toBe(60_000);
    delay.succeeded();
    delay.retry = 5;
    expect(delay.next(1)).toBe(5);
  });
});
