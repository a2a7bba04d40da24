// close(), extend() and stats(); the first of close() is in http-client.test.ts.

import { describe, expect, it } from 'vitest';

import { HttpClient } from '../../../src/http-client/index.ts';
import { run, spawn } from '../../../src/pool/index.ts';
import { failureOf } from '../both-modes.ts';
import { closed, deferred, startFaultServer, startServer } from '../servers.ts';
import { inEachMode, newGreenClient, until } from './modes.ts';

interface Echo {
  readonly url: string;
  readonly headers: Record<string, string>;
}

function startEcho() {
  return startServer((request, response) => {
    response.end(JSON.stringify({ url: request.url, headers: request.headers }));
  });
}

describe('close()', () => {
  inEachMode('waits for the pauses and hooks of calls', async ({ newClient, call }) => {
    const go = deferred();
    const retrying = deferred();
    let requests = 0;
    const { url } = await startServer((_, response) => response.writeHead(requests++ === 0 ? 503 : 200).end());
    const beforeRetry = (): Promise<void> => {
      retrying.resolve();
      return go.promise;
    };
    const client = newClient({ retry: { limit: 1, backoff: 0 }, hooks: { beforeRetry } });
    const answer = call(() => client.get(url));
    await retrying.promise;
    const events: string[] = [];
    const closing = client.close().then(() => events.push('closed'));
    go.resolve();
    expect((await answer).status).toBe(200);
    events.push('answered');
    await closing;
    expect(events.sort()).toEqual(['answered', 'closed']);
  });

  inEachMode('refuses a call that begins while it waits', async ({ newClient, call }) => {
    const go = deferred();
    const arrived = deferred();
    const server = await startServer(async (_, response) => {
      arrived.resolve();
      await go.promise;
      response.end();
    });
    const client = newClient();
    const first = call(() => client.get(server.url));
    await arrived.promise;
    const closing = client.close();
    const error = await failureOf(call(() => client.get(`${server.url}/?secret`)));
    expect(error).toMatchObject({
      code: 'GREEN_ERR_HTTP_CLOSED',
      statusCode: 503,
      method: 'GET',
      url: `${server.url}/`,
    });
    go.resolve();
    await Promise.all([first, closing]);
    expect(server.requests).toBe(1);
  });

  it('closes what is kept alive', async () => {
    const gone = deferred();
    const { url } = await startServer((request, response) => {
      void closed(request.socket).then(gone.resolve);
      response.end();
    });
    const client = new HttpClient();
    await client.get(url);
    await client.close();
    await gone.promise;
  });

  it('is what `using` and `await using` call', async () => {
    const { url } = await startEcho();
    const clients: HttpClient<boolean>[] = [];
    {
      await using client = new HttpClient();
      clients.push(client);
      expect((await client.get(url)).status).toBe(200);
    }
    await run(() => {
      using client = new HttpClient({ green: true });
      clients.push(client);
      expect(client.get(url).status).toBe(200);
    });
    for (const client of clients) expect(() => client.extend({})).toThrow(/close\(\) was called/);
  });
});

describe('extend()', () => {
  inEachMode('puts headers, params and timeouts together, and replaces the rest', async ({ newClient, call }) => {
    const { url } = await startEcho();
    const parent = newClient({
      baseUrl: `${url}/a`,
      headers: { 'X-One': 'parent', 'x-two': 'parent' },
      params: { p: 1, q: [1, 2] },
      auth: ['user', 'pass'],
    });
    const child = parent.extend({ headers: { 'x-one': 'child', 'X-TWO': null }, params: { q: 3 }, auth: null });
    const echo = (await call(() => child.get('/b', { params: { r: 4 } }))).json<Echo>();
    expect(echo.url).toBe('/a/b?p=1&q=3&r=4');
    expect(echo.headers).toMatchObject({ 'x-one': 'child' });
    expect(echo.headers).not.toHaveProperty('x-two');
    expect(echo.headers).not.toHaveProperty('authorization');
    const other = parent.extend({ baseUrl: `${url}/c`, throwOnError: true });
    expect((await call(() => other.get('b'))).json<Echo>().url).toBe('/c/b?p=1&q=1&q=2');
    const unchanged = (await call(() => parent.get('/b', { params: { p: null } }))).json<Echo>();
    expect(unchanged).toMatchObject({
      url: '/a/b?q=1&q=2',
      headers: { 'x-one': 'parent', 'x-two': 'parent', authorization: expect.stringMatching(/^Basic /) },
    });
    await Promise.all([child.close(), other.close()]);
  });

  inEachMode('puts limits of time together', async ({ newClient, call }) => {
    const { url } = await startFaultServer(() => {});
    const parent = newClient({ timeout: { total: 5000, headers: 4000 } });
    const child = parent.extend({ timeout: { headers: 30 } });
    expect(await failureOf(call(() => child.get(url)))).toMatchObject({ timeout: 'headers', limit: 30 });
    const grandchild = child.extend({ timeout: 20 });
    expect(await failureOf(call(() => grandchild.get(url)))).toMatchObject({ timeout: 'total', limit: 20 });
    await Promise.all([child.close(), grandchild.close()]);
  });

  inEachMode('shares connections and cookies', async ({ newClient, call }) => {
    const server = await startServer((request, response) => {
      response.setHeader('set-cookie', 'a=1').end(request.headers.cookie);
    });
    const parent = newClient({ connections: 1, headers: { 'x-a': '1' } });
    const child = parent.extend({ headers: { 'x-b': '1' } });
    for (const client of [parent, child, parent]) await call(() => client.get(server.url));
    expect(server.connections).toBe(1);
    expect(child.stats().connections.connectionsMade).toBe(1);
    await child.close();
  });

  inEachMode('has connections of its own for options about them', async ({ newClient, call }) => {
    const server = await startEcho();
    const parent = newClient({ connections: 1 });
    const child = parent.extend({ connections: 1 });
    for (const client of [parent, child]) await call(() => client.get(server.url));
    expect(server.connections).toBe(2);
    await child.close();
    await call(() => parent.get(server.url));
    expect(server.connections).toBe(2);
  });

  inEachMode('outlives its parent, and the connections go with the last', async ({ newClient, call }) => {
    const gone = deferred();
    const server = await startServer((request, response) => {
      void closed(request.socket).then(gone.resolve);
      response.end('still here');
    });
    const parent = newClient({ connections: 1 });
    const child = parent.extend({ headers: { 'x-a': '1' } });
    await call(() => parent.get(server.url));
    await parent.close();
    expect((await call(() => child.get(server.url))).text()).toBe('still here');
    expect(server.connections).toBe(1);
    expect(await failureOf(call(() => parent.get(server.url)))).toMatchObject({ code: 'GREEN_ERR_HTTP_CLOSED' });
    await child.close();
    await gone.promise;
  });

  it('makes a client of the other kind', async () => {
    const { url } = await startEcho();
    const green = newGreenClient({ baseUrl: url });
    const promises = green.extend({ green: false });
    expect((await promises.get('/a')).json<Echo>().url).toBe('/a');
    expect(await run(() => green.get('/b').json<Echo>().url)).toBe('/b');
    await promises.close();
  });

  it('leaves no client behind when its options are bad', async () => {
    const parent = newGreenClient();
    expect(() => parent.extend({ redirects: -1 })).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
    const { url } = await startEcho();
    expect(await run(() => parent.get(url).status)).toBe(200);
    await parent.close();
    expect(() => parent.extend({})).toThrow(expect.objectContaining({ code: 'GREEN_ERR_HTTP_CLOSED' }));
  });
});

describe('stats()', () => {
  it('counts calls, streams and connections', async () => {
    const held: (() => void)[] = [];
    const server = await startServer((request, response) => {
      if (request.url === '/stream') response.write('x');
      held.push(() => response.end());
    });
    const client = newGreenClient({ connections: 2 });
    expect(client.stats()).toMatchObject({ inFlight: 0, connections: { connected: 0, connectionsMade: 0 } });
    const finish = deferred();
    const tasks = [
      spawn(() => client.get(server.url).status),
      spawn(() => client.get(`${server.url}/stream`, { stream: true }).text()),
      spawn(() => client.get(server.url).status),
    ];
    await until(() => held.length === 2);
    await until(() => client.stats().connections.pending > 0);
    expect(client.stats().inFlight).toBe(3);
    expect(client.stats().connections).toMatchObject({ connected: 2, running: 2, connectionsMade: 2 });
    expect(Object.keys(client.stats().connections.origins)).toEqual([server.url]);
    void until(() => {
      for (const end of held.splice(0)) end();
      return client.stats().inFlight === 0;
    }).then(finish.resolve);
    expect(await Promise.all(tasks)).toEqual([200, 'x', 200]);
    await finish.promise;
    expect(client.stats()).toMatchObject({ inFlight: 0, connections: { running: 0, pending: 0 } });
  });
});
