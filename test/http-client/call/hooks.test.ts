import { describe, expect, it } from 'vitest';

import {
  type HttpClient,
  HttpClient as HttpClientClass,
  type HttpHooks,
  type HttpRequestOptions,
  type HttpResponse,
} from '../../../src/http-client/index.ts';
import { inContext, run, wait } from '../../../src/pool/index.ts';
import { failureOf } from '../both-modes.ts';
import { deferred, startFaultServer, startServer, unusedPort } from '../servers.ts';
import { inEachMode, newGreenClient } from './modes.ts';

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Answers with the headers of the request, as JSON. */
function startEcho() {
  return startServer((request, response) => response.end(JSON.stringify(request.headers)));
}

describe('beforeRequest', () => {
  inEachMode('may set, replace and remove headers, as those of auth and cookies', async ({ newClient, call }) => {
    const { url } = await startEcho();
    const client = newClient({
      auth: ['user', 'pass'],
      headers: { 'x-old': '1' },
      hooks: {
        beforeRequest: (request) => {
          expect(request.header('Authorization')).toMatch(/^Basic /);
          expect(request).toMatchObject({ method: 'POST', url: `${url}/path?a=1`, attempt: 1 });
          request.setHeader('X-New', ['1', '2']);
          request.setHeader('x-old', null);
          request.setHeader('authorization', `${request.header('cookie')} too`);
        },
      },
    });
    const echo = (await call(() => client.post(`${url}/path`, { params: { a: 1 }, cookies: { c: '1' } }))).json();
    expect(echo).toMatchObject({ 'x-new': '1, 2', authorization: 'c=1 too' });
    expect(echo).not.toHaveProperty('x-old');
  });

  inEachMode('may be several: first those of the client, then those of the request', async ({ newClient, call }) => {
    const { url } = await startEcho();
    const order: string[] = [];
    const note = (name: string) => (): void => void order.push(name);
    const parent = newClient({ hooks: { beforeRequest: [note('a'), note('b')] } });
    const client = parent.extend({ hooks: { beforeRequest: note('c'), afterResponse: [note('x')] } });
    await call(() => client.get(url, { hooks: { beforeRequest: [note('d'), note('e')], afterResponse: note('y') } }));
    expect(order).toEqual(['a', 'b', 'c', 'd', 'e', 'x', 'y']);
    await call(() => client.get(url));
    expect(order.slice(7)).toEqual(['a', 'b', 'c', 'x']);
    await client.close();
  });

  inEachMode('may return a promise, which is waited for', async ({ newClient, call }) => {
    const { url } = await startEcho();
    const beforeRequest = async (request: { setHeader(name: string, value: string): void }): Promise<void> => {
      await later();
      request.setHeader('x-late', 'yes');
    };
    const echo = (await call(() => newClient({ hooks: { beforeRequest } }).get(url))).json();
    expect(echo).toMatchObject({ 'x-late': 'yes' });
  });

  inEachMode('ends the call with its error, as it is, and nothing is sent', async ({ newClient, call }) => {
    const server = await startEcho();
    const own = new Error('mine');
    const frames = own.stack;
    const hooks = [
      () => {
        throw own;
      },
      () => Promise.reject(own),
    ];
    for (const beforeRequest of hooks) {
      const error = await failureOf(call(() => newClient({ hooks: { beforeRequest } }).get(server.url)));
      expect(error).toBe(own);
      expect(error.stack).toBe(frames);
    }
    expect(server.connections).toBe(0);
  });

  inEachMode('cannot smuggle a header', async ({ newClient, call }) => {
    const server = await startEcho();
    const beforeRequest = (request: { setHeader(name: string, value: string): void }): void =>
      request.setHeader('x', 'a\r\nb: c');
    const error = await failureOf(call(() => newClient({ hooks: { beforeRequest } }).get(server.url)));
    expect([error['code'], server.connections]).toEqual(['GREEN_ERR_OPT_INVALID', 0]);
  });
});

describe('afterResponse', () => {
  inEachMode('sees the response, and may put another in its place', async ({ newClient, call }) => {
    const { url } = await startServer((request, response) => response.end(request.url));
    const plain = newClient();
    const other = await call(() => plain.get(`${url}/other`));
    const seen: string[] = [];
    const client = newClient({
      hooks: {
        afterResponse: [
          (response) => void seen.push((response as HttpResponse).text()),
          async () => {
            await later();
            return other;
          },
          (response) => void seen.push((response as HttpResponse).text()),
        ],
      },
    });
    expect(await call(() => client.get(`${url}/first`))).toBe(other);
    expect(seen).toEqual(['/first', '/other']);
  });

  inEachMode('sees a response before throwOnError does', async ({ newClient, call }) => {
    const { url } = await startServer((_, response) => response.writeHead(500).end('why'));
    const seen: number[] = [];
    const hooks = { afterResponse: ({ status }: { status: number }): void => void seen.push(status) };
    const error = await failureOf(call(() => newClient({ hooks, throwOnError: true }).get(url)));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_STATUS', status: 500 });
    expect(seen).toEqual([500]);
  });

  inEachMode('gives the connection of a streamed response back when it throws', async ({ newClient, call }) => {
    const server = await startServer((_, response) => response.end('x'.repeat(1000)));
    const own = new Error('mine');
    const client = newClient({ connections: 1 });
    const afterResponse = (): never => {
      throw own;
    };
    expect(await failureOf(call(() => client.get(server.url, { stream: true, hooks: { afterResponse } })))).toBe(own);
    expect((await call(() => client.get(server.url))).status).toBe(200);
    expect(server.connections).toBe(1);
  });
});

describe('beforeError', () => {
  inEachMode('sees what the call throws, and may throw another', async ({ newClient, call }) => {
    const port = await unusedPort();
    const own = new Error('mine');
    const codes: unknown[] = [];
    const beforeError = [
      (error: Error): Error => {
        codes.push((error as { code?: string }).code);
        return error;
      },
      (error: Error): Error => Object.assign(own, { cause: error }),
    ];
    const client = newClient({ hooks: { beforeError } });
    expect(await failureOf(call(() => client.get(`http://127.0.0.1:${port}`)))).toBe(own);
    expect(codes).toEqual(['GREEN_ERR_HTTP_CONNECT']);
    expect(own.cause).toMatchObject({ code: 'GREEN_ERR_HTTP_CONNECT' });
  });

  inEachMode('sees the status that throwOnError throws for, and what hooks throw', async ({ newClient, call }) => {
    const { url } = await startServer((_, response) => response.writeHead(404).end());
    const seen: unknown[] = [];
    const hooks = {
      beforeError: (error: Error): Error => {
        seen.push(error);
        return error;
      },
    };
    const status = await failureOf(call(() => newClient({ hooks, throwOnError: true }).get(url)));
    const own = new Error('mine');
    const beforeRequest = (): Promise<never> => Promise.reject(own);
    await failureOf(call(() => newClient({ hooks }).get(url, { hooks: { beforeRequest } })));
    expect(seen).toEqual([status, own]);
  });
});

describe('hooks in a green client', () => {
  it('run in the context of the call, and may wait there', async () => {
    const { url } = await startEcho();
    const events: string[] = [];
    const waits = (name: string) => (): void => {
      expect(inContext()).toBe(true);
      wait(later());
      events.push(name);
    };
    const client = newGreenClient({
      auth: waits('auth'),
      hooks: { beforeRequest: waits('before'), afterResponse: waits('after') },
    });
    await run(() => client.get(url));
    expect(events).toEqual(['auth', 'before', 'after']);
  });

  it('may make calls of the same client', async () => {
    const paths: string[] = [];
    const { url } = await startServer((request, response) => {
      paths.push(`${request.url} ${request.headers.authorization ?? ''}`);
      response.end(request.url === '/token' ? 't0ken' : 'secret');
    });
    const client: HttpClient<true> = newGreenClient({
      auth: (request) => {
        request.setHeader('authorization', `Bearer ${client.get(`${url}/token`, { auth: null }).text()}`);
      },
    });
    expect(await run(() => client.get(`${url}/data`).text())).toBe('secret');
    expect(paths).toEqual(['/token ', '/data Bearer t0ken']);
  });
});

describe('hooks of promises', () => {
  it('may make calls of the same client', async () => {
    const { url } = await startServer((request, response) => {
      response.end(request.url === '/token' ? 't0ken' : request.headers.authorization);
    });
    const client: HttpClient<false> = new HttpClientClass({
      auth: async (request) => {
        const token = await client.get(`${url}/token`, { auth: null });
        request.setHeader('authorization', `Bearer ${token.text()}`);
      },
    });
    expect((await client.get(`${url}/data`)).text()).toBe('Bearer t0ken');
    await client.close();
  });
});

describe('a hook that takes its time', () => {
  inEachMode('counts towards the limit on the whole call', async ({ newClient, call }) => {
    const server = await startEcho();
    const beforeRequest = (): Promise<never> => new Promise(() => {});
    const error = await failureOf(call(() => newClient({ timeout: 40, hooks: { beforeRequest } }).get(server.url)));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', timeout: 'total', phase: 'connect', limit: 40 });
    expect(server.connections).toBe(0);
  });

  inEachMode('ends the call in the phase that its request had reached', async ({ newClient, call }) => {
    const { url } = await startServer((request, response) => {
      response.writeHead(request.url === '/busy' ? 503 : 302, { location: '/next' }).end();
    });
    const never = (): Promise<never> => new Promise(() => {});
    const soon = { limit: 1, backoff: 1 }; // a pause that does not fit into the limit would not be begun
    const cases: [HttpHooks, HttpRequestOptions, string, string][] = [
      [{ afterResponse: never }, { redirects: 0 }, '/', 'body'],
      [{ afterResponse: never }, { redirects: 0, stream: true }, '/', 'body'],
      [{ beforeRedirect: never }, {}, '/', 'body'],
      [{ beforeRequest: ({ url }) => (url.endsWith('/next') ? never() : undefined) }, {}, '/', 'connect'],
      [{ beforeRetry: never }, { retry: soon }, '/busy', 'body'],
      [{ beforeRetry: never }, { retry: soon }, `http://127.0.0.1:${await unusedPort()}/`, 'connect'],
    ];
    const client = newClient({ baseUrl: url, timeout: 2000 }); // a loaded machine answers within it
    const errors = cases.map(([hooks, options, path]) =>
      failureOf(call(() => client.get(path, { ...options, hooks }))),
    );
    for (const [at, error] of (await Promise.all(errors)).entries()) {
      expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', timeout: 'total', phase: cases[at]?.[3] });
    }
  });

  it('counts when it waits in the context, too: nothing is sent afterwards', async () => {
    const server = await startFaultServer(() => {}); // answers nothing
    const beforeRequest = (): void => void wait(new Promise((resolve) => setTimeout(resolve, 80)));
    const client = newGreenClient({ timeout: 30, hooks: { beforeRequest } });
    const error = await failureOf(run(() => client.get(server.url)));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', timeout: 'total', phase: 'connect', limit: 30 });
    expect(server.connections).toBe(0);
  });

  it('is heard of an abort when it has waited in the context', async () => {
    const server = await startFaultServer(() => {});
    const aborter = new AbortController();
    const waiting = deferred();
    const go = deferred();
    const beforeRequest = (): void => {
      waiting.resolve();
      wait(go.promise);
    };
    const client = newGreenClient({ hooks: { beforeRequest } });
    const failed = failureOf(run(() => client.get(server.url, { signal: aborter.signal })));
    await waiting.promise;
    aborter.abort();
    go.resolve();
    expect(await failed).toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(server.connections).toBe(0);
  });
});
