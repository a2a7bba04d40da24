import { describe, expect, expectTypeOf, it } from 'vitest';

import {
  HTTP_CLIENT_DEFAULTS,
  HttpClient,
  type HttpResponse,
  type HttpStream,
  http,
} from '../../src/http-client/index.ts';
import { run } from '../../src/pool/index.ts';
import { failureOf, inBothModes } from './both-modes.ts';
import { deferred, readAll, startServer } from './servers.ts';

/** Answers with what it got, as JSON. */
function startEcho() {
  return startServer(async (request, response) => {
    const body = await readAll(request);
    const { method, url, headers } = request;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ method, url, headers, body: body.toString() }));
  });
}

interface Echo {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

describe('HttpClient', () => {
  it('returns values from a green client, inside a context', async () => {
    const { url } = await startEcho();
    const client = new HttpClient({ green: true });
    expectTypeOf(() => client.get(url)).returns.toEqualTypeOf<HttpResponse<true>>();
    expectTypeOf(() => client.get(url, { stream: true })).returns.toEqualTypeOf<HttpStream<true>>();
    expectTypeOf(client.green).toEqualTypeOf<true>();
    expect(client.green).toBe(true);
    expect(await run(() => client.get(url).json<Echo>().method)).toBe('GET');
    await client.close();
  });

  it('returns promises from a client that is not green', async () => {
    const { url } = await startEcho();
    const client = new HttpClient({ timeout: 5000 });
    expectTypeOf(() => client.get(url)).returns.toEqualTypeOf<Promise<HttpResponse<false>>>();
    expectTypeOf(() => client.get(url, { stream: true })).returns.toEqualTypeOf<Promise<HttpStream<false>>>();
    expectTypeOf(new HttpClient()).toEqualTypeOf<HttpClient<false>>();
    expect(client.green).toBe(false);
    const answer = client.get(url);
    expect(answer).toBeInstanceOf(Promise);
    expect((await answer).json<Echo>().method).toBe('GET');
    await client.close();
  });

  it('is there as a default green client', async () => {
    const { url } = await startEcho();
    expect(http.green).toBe(true);
    expect(await run(() => http.get(url).status)).toBe(200);
  });

  it('refuses a green call outside a context, and names it', () => {
    expect(() => http.get('http://127.0.0.1:1/')).toThrow(
      expect.objectContaining({
        code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT',
        message: expect.stringMatching(/^http\.get\(\)/),
      }),
    );
    expect(() => http.request('GET', 'http://127.0.0.1:1/')).toThrow(/^http\.request\(\)/);
  });
});

describe('HttpClient requests', () => {
  for (const verb of ['get', 'options', 'post', 'put', 'patch', 'delete'] as const) {
    inBothModes(`${verb}() sends ${verb.toUpperCase()}`, async (ask) => {
      const { url } = await startEcho();
      const response = await ask((client) => client[verb](`${url}/thing`));
      expect(response.json<Echo>()).toMatchObject({ method: verb.toUpperCase(), url: '/thing', body: '' });
    });
  }

  inBothModes('head() gives status and headers and no body', async (ask) => {
    const { url } = await startServer((request, response) => {
      response.setHeader('x-method', request.method ?? '').setHeader('content-length', 1_000_000_000);
      response.end();
    });
    const response = await ask((client) => client.head(url));
    expect([response.status, response.headers.get('x-method'), response.text()]).toEqual([200, 'HEAD', '']);
  });

  inBothModes('request() sends any method, in capitals', async (ask) => {
    const { url } = await startEcho();
    expect((await ask((client) => client.request('patch', url))).json<Echo>().method).toBe('PATCH');
    expect((await ask((client) => client.request('PROPFIND', url))).json<Echo>().method).toBe('PROPFIND');
  });

  inBothModes('sends and receives JSON', async (ask) => {
    const { url } = await startEcho();
    const json = { name: 'Zoë', tags: ['a', 'b'], nothing: null };
    const echo = (await ask((client) => client.post(url, { json }))).json<Echo>();
    expect(echo.headers['content-type']).toBe('application/json');
    expect(JSON.parse(echo.body)).toEqual(json);
    const typed = await ask((client) =>
      client.post(url, { json: null, headers: { 'Content-Type': 'application/merge-patch+json' } }),
    );
    expect(typed.json<Echo>()).toMatchObject({
      body: 'null',
      headers: { 'content-type': 'application/merge-patch+json' },
    });
  });

  inBothModes('sends text and bytes as they are', async (ask) => {
    const { url } = await startEcho();
    const text = (await ask((client) => client.post(url, { body: 'größer' }))).json<Echo>();
    expect(text.body).toBe('größer');
    expect(text.headers).not.toHaveProperty('content-type');
    const bytes = new TextEncoder().encode('-bytes-').subarray(1, 6);
    expect((await ask((client) => client.put(url, { body: bytes }))).json<Echo>().body).toBe('bytes');
    expect((await ask((client) => client.post(url, { body: '' }))).json<Echo>().headers['content-length']).toBe('0');
  });

  inBothModes('appends params to the query: arrays repeat, null and undefined are left out', async (ask) => {
    const { url } = await startEcho();
    const params = { q: ['a b', 'ü&='], n: 1, big: 2n, yes: true, no: null, never: undefined, none: [] };
    const query = 'q=a+b&q=%C3%BC%26%3D&n=1&big=2&yes=true';
    const sent = async (path: string, p: typeof params | URLSearchParams | object) =>
      (await ask((client) => client.get(url + path, { params: p as typeof params }))).json<Echo>().url;
    expect(await sent('/s', params)).toBe(`/s?${query}`);
    expect(await sent('/s?z=0', params)).toBe(`/s?z=0&${query}`);
    expect(await sent('/s?', params)).toBe(`/s?${query}`);
    expect(await sent('/s#fragment', params)).toBe(`/s?${query}`);
    expect(await sent('/s', {})).toBe('/s');
    expect(await sent('/s', new URLSearchParams('a=1&a=2'))).toBe('/s?a=1&a=2');
  });

  inBothModes("puts a request's headers over the client's, and those over the defaults", async (ask) => {
    const { url } = await startEcho();
    const options = { headers: { 'X-One': 'client', 'x-two': 'client', Accept: 'text/plain' } };
    const headers = { 'x-ONE': 'request', 'x-two': undefined, 'User-Agent': null, 'x-many': ['1', '2'], 'x-n': 7 };
    const echo = (await ask((client) => client.get(url, { headers }), options)).json<Echo>();
    expect(echo.headers).toMatchObject({
      'x-one': 'request',
      'x-two': 'client',
      accept: 'text/plain',
      'x-many': '1, 2',
      'x-n': '7',
    });
    expect(echo.headers).not.toHaveProperty('user-agent');
    const plain = (await ask((client) => client.get(url))).json<Echo>();
    expect(plain.headers).toMatchObject({ ...HTTP_CLIENT_DEFAULTS.headers });
  });

  inBothModes('appends a relative URL to baseUrl, and takes an absolute one as it is', async (ask) => {
    const { url } = await startEcho();
    const other = await startEcho();
    const sent = async (target: string | URL, baseUrl: string) =>
      (await ask((client) => client.get(target), { baseUrl })).json<Echo>().url;
    expect(await sent('users/1', `${url}/api`)).toBe('/api/users/1');
    expect(await sent('/users/1', `${url}/api/`)).toBe('/api/users/1');
    expect(await sent('', `${url}/api`)).toBe('/api');
    expect(await sent('?a=1', url)).toBe('/?a=1');
    expect(await sent('//evil.example/x', url)).toBe('//evil.example/x');
    expect(await sent(new URL('/x', other.url), url)).toBe('/x');
    expect(other.requests).toBe(1);
  });
});

describe('HttpClient contexts', () => {
  it('gives each of 100 concurrent contexts its own answer, once', async () => {
    const seen: string[] = [];
    const held: (() => void)[] = [];
    const { url } = await startServer((request, response) => {
      seen.push(request.url ?? '');
      held.push(() => response.end(request.url));
      if (held.length < 100) return;
      for (const answer of held.reverse()) answer(); // in the opposite order
    });
    const client = new HttpClient({ green: true });
    let resumed = 0;
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        run(() => {
          const text = client.get(`${url}/${i}`).text();
          resumed++;
          return text;
        }),
      ),
    );
    expect(answers).toEqual(Array.from({ length: 100 }, (_, i) => `/${i}`));
    expect(new Set(seen).size).toBe(100);
    expect([seen.length, resumed]).toEqual([100, 100]);
    await client.close();
  });

  it('resumes below the frames of plain callbacks, in order', async () => {
    const { url } = await startEcho();
    const urls = await run(() => ['/a', '/b', '/c'].map((path) => http.get(url + path).json<Echo>().url));
    expect(urls).toEqual(['/a', '/b', '/c']);
  });
});

describe('HttpClient close()', () => {
  it('lets requests in flight end, then closes the connections', async () => {
    const arrived = deferred();
    const finish = deferred();
    const disconnected = deferred();
    const { url } = await startServer(async (request, response) => {
      request.socket.once('close', () => disconnected.resolve());
      arrived.resolve();
      await finish.promise;
      response.end('late');
    });
    const client = new HttpClient({ green: true });
    const answer = run(() => client.get(url).text());
    await arrived.promise;
    const closing = client.close();
    expect(client.close()).toBe(closing);
    finish.resolve();
    expect(await answer).toBe('late');
    await closing;
    await disconnected.promise;
  });

  inBothModes('makes later calls throw', async (ask) => {
    const error = await failureOf(
      ask(async (client) => {
        void client.close();
        return client.get('http://127.0.0.1:1/');
      }),
    );
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_CLOSED', statusCode: 503 });
  });

  it('resolves for a client that was never used, and disposes asynchronously', async () => {
    await new HttpClient().close();
    const client = new HttpClient({ green: true });
    await client[Symbol.asyncDispose]();
    await expect(run(() => client.get('http://127.0.0.1:1/'))).rejects.toMatchObject({ code: 'GREEN_ERR_HTTP_CLOSED' });
  });
});
