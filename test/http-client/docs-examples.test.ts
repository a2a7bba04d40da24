// The examples of docs/http-client.md, compiled and run. docs.test.ts sees to it that they are the same, line by line.

import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chdir, cwd } from 'node:process';
import Fastify, { type FastifyInstance } from 'fastify';
import { MockAgent } from 'undici';
import { expect, it, onTestFinished } from 'vitest';

import { file, HttpClient, http, part } from '../../src/http-client/index.ts';
import greenroom from '../../src/middleware/index.ts';
import { run, wait } from '../../src/pool/index.ts';
import { readAll, startServer } from './servers.ts';
import { startSocketServer } from './websocket/socket-server.ts';

interface User {
  id: number;
  name: string;
}

interface ById {
  Params: { id: number };
}

/** An upstream that answers whatever the examples ask for, and what it was asked. */
async function startUpstream(): Promise<{ upstream: string; asked: string[] }> {
  const asked: string[] = [];
  const { url: upstream } = await startServer(async (request, response) => {
    const body = await readAll(request);
    asked.push(`${request.method} ${request.url} ${body.length}`);
    const path = (request.url as string).split('?', 1)[0] as string;
    const user = /^\/users\/(\d+)$/.exec(path)?.[1];
    if (request.method !== 'GET') response.setHeader('set-cookie', 'sid=1').end();
    else if (user !== undefined) response.setHeader('content-type', 'application/json').end(userText(Number(user)));
    else if (path === '/users') response.end(`[${userText(1)},${userText(2)}]`);
    else if (path === '/log') response.end('INFO all is well\nERROR it is not\n');
    else if (path === '/account') response.end(request.headers.cookie);
    else if (asked.length === 1)
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('retry: 1\nid: 1\ndata: a\n\n');
    else response.writeHead(200, { 'content-type': 'text/event-stream' }).end('event: done\ndata:\n\n');
  });
  return { upstream, asked };
}

function userText(id: number): string {
  return JSON.stringify({ id, name: `user ${id}` });
}

function newGreenClient(upstream: string): HttpClient<true> {
  const api = new HttpClient({ green: true, baseUrl: upstream });
  onTestFinished(() => api.close());
  return api;
}

async function newApp(): Promise<FastifyInstance> {
  const app = Fastify();
  onTestFinished(() => app.close());
  await app.register(greenroom, { maxWorkers: 4 });
  return app;
}

it('a green route', async () => {
  const { upstream } = await startUpstream();
  const app = await newApp();

  const api = new HttpClient({ green: true, baseUrl: upstream, timeout: 5000, retry: 2 });

  function loadUser(id: number): User {
    return api.get('/users/{id}', { path: { id } }).raiseForStatus().json<User>();
  }

  app.get<ById>('/users/:id', { green: true }, (request) => loadUser(request.params.id));

  expect((await app.inject('/users/7')).json()).toEqual({ id: 7, name: 'user 7' });
  await api.close();
});

it('run() and the default client', async () => {
  const { upstream } = await startUpstream();
  const names = await run(() => [1, 2].map((id) => http.get(`${upstream}/users/${id}`).json<User>().name));
  expect(names).toEqual(['user 1', 'user 2']);
});

it('promises', async () => {
  const { upstream } = await startUpstream();
  const client = new HttpClient({ baseUrl: upstream });
  const user = (await client.get('/users/1')).raiseForStatus().json<User>();
  await client.close();
  expect(user.name).toBe('user 1');
});

it('a response', async () => {
  const { upstream } = await startUpstream();
  const api = newGreenClient(upstream);
  const user = await run(() => {
    const response = api.get('/users/1');
    response.status; // 200
    response.ok; // 200 to 299
    response.headers.get('content-type'); // null if there is none; getAll() for set-cookie
    response.url; // after redirects, with its query, without user name and password
    response.history; // the responses before: redirects, challenges
    response.elapsed; // ms, of the whole call
    response.timings; // { connect, headers, body } in ms, or null
    response.json<User>();
    return response.json<User>();
  });
  expect(user.name).toBe('user 1');
});

it('a stream', async () => {
  const { upstream } = await startUpstream();
  const api = newGreenClient(upstream);
  const found = await run(() => {
    using stream = api.get('/log', { stream: true });
    for (const line of stream.raiseForStatus().iterLines()) if (line.includes('ERROR')) return line;
    return null;
  });
  expect(found).toBe('ERROR it is not');
});

it('bodies', async () => {
  const { upstream, asked } = await startUpstream();
  const api = newGreenClient(upstream);
  const before = cwd();
  const directory = await mkdtemp(join(tmpdir(), 'greenroom-'));
  onTestFinished(async () => {
    chdir(before);
    await rm(directory, { recursive: true });
  });
  chdir(directory);
  await Promise.all([writeFile('ada.png', 'image'), writeFile('app.log', 'log')]);
  function* rows(): Generator<string> {
    for (const row of ['a', 'b']) yield wait(Promise.resolve(row));
  }
  await run(() => {
    api.post('/users', { json: { name: 'Ada', born: 1815 } });
    api.post('/login', { form: { user: 'ada', scope: ['read', 'write'] } });
    api.post('/photos', {
      multipart: {
        album: 'summer',
        photo: file('ada.png', { type: 'image/png' }),
        notes: part('a;b\n', { filename: 'notes.csv', type: 'text/csv' }),
      },
    });
    api.put('/log', { body: () => createReadStream('app.log') });
    api.put('/rows', { body: rows() }); // function* rows(): each step may wait
  });
  expect(asked).toEqual([
    'POST /users 26',
    'POST /login 31',
    expect.stringMatching(/^POST \/photos \d{3}$/),
    'PUT /log 3',
    'PUT /rows 2',
  ]);
});

it('a session', async () => {
  const { upstream } = await startUpstream();
  const api = newGreenClient(upstream);
  const password = 'x';
  const sent = await run(() => {
    const session = api.extend({ cookies: true });
    session.post('/login', { form: { user: 'ada', password } });
    session.get('/account'); // with the cookies that /login has set, on any of its redirects
    const cookies = session.get('/account').text();
    void session.close();
    return cookies;
  });
  expect(sent).toBe('sid=1');
});

it('hooks', async () => {
  const { upstream } = await startUpstream();
  const api = newGreenClient(upstream);
  const logged: unknown[] = [];
  const log = (what: unknown): void => void logged.push(what);
  const requestId = (): string => '1';
  const traced = api.extend({
    hooks: {
      beforeRequest: (request) => request.setHeader('x-request-id', requestId()),
      beforeRetry: ({ request, attempt, delay }) => log(`${request.method} again (${attempt}) in ${delay} ms`),
      afterResponse: (response) => log(response), // method, URL without query, status
    },
  });
  await run(() => traced.get('/users/1?a=b'));
  expect(JSON.stringify(logged)).toBe(`[{"method":"GET","url":"${upstream}/users/1","status":200}]`);
  await traced.close();
});

it('stats', async () => {
  const { upstream } = await startUpstream();
  const api = newGreenClient(upstream);
  await run(() => api.get('/users/1'));
  const { inFlight, connections } = api.stats();
  inFlight; // calls and streams that have not ended
  connections.origins[new URL(upstream).origin]; // { connected, free, running, pending, queued }
  expect([inFlight, connections.origins[upstream]?.connected]).toEqual([0, 1]);
});

it('pagination', async () => {
  const { upstream } = await startUpstream();
  const api = newGreenClient(upstream);
  const names: string[] = [];
  await run(() => {
    for (const { name } of api.paginate<User>('/users', { limit: 100 }, { params: { sort: 'name' } })) names.push(name);
  });
  expect(names).toEqual(['user 1', 'user 2']);
});

it('server-sent events', async () => {
  const { upstream } = await startUpstream();
  const api = newGreenClient(upstream);
  const seen: string[] = [];
  await run(() => {
    for (const { event, data, id } of api.sse('/events')) {
      if (event === 'done') break;
      seen.push(`${id} ${data}`);
    }
  });
  expect(seen).toEqual(['1 a']);
});

it('a WebSocket', async () => {
  const { url } = await startSocketServer((peer) => {
    peer.on('message', () => {
      peer.send('1');
      peer.send('2');
      peer.send('3');
    });
  });
  const api = newGreenClient(url);
  const prices: unknown[] = [];
  await run(() => {
    using socket = api.webSocket('/prices', { protocols: ['v1'] });
    socket.send('subscribe');
    for (const message of socket) {
      if (prices.push(message) === 2) break; // a string, or bytes
    }
  });
  expect(prices).toEqual(['1', '2']);
});

it('testing', async () => {
  const app = await newApp();
  app.get('/', { green: true }, () => 'in process');
  const fakePayments = app;
  const inProcess = new HttpClient({ green: true, app }); // a Fastify instance: no socket, no port
  const payments = new HttpClient({ green: true, mounts: { 'https://payments.example/': fakePayments } });
  expect(await run(() => inProcess.get('/').text())).toBe('in process');
  expect(await run(() => payments.get('https://payments.example/').text())).toBe('in process');

  const agent = new MockAgent();
  agent.disableNetConnect();
  agent.get('https://api.example').intercept({ path: '/users/1' }).reply(200, { name: 'Ada' });
  const mocked = new HttpClient({ green: true, dispatcher: agent });
  expect(await run(() => mocked.get('https://api.example/users/1').json())).toEqual({ name: 'Ada' });
  await Promise.all([inProcess.close(), payments.close(), mocked.close(), agent.close()]);
});
