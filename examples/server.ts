// A Fastify server whose handlers are ordinary synchronous functions, beside the same work in async/await.
// Run it with `npm start`; it prints what to curl.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import Fastify, { type FastifyInstance } from 'fastify';
import { inContext, spawn, switchKind, wait } from 'greenroom';
import { HttpClient } from 'greenroom/http-client';
import greenroom, { runInPool } from 'greenroom/middleware';
import Mustache from 'mustache';

interface User {
  id: number;
  name: string;
  bestFriend: number;
}

// --- Plain synchronous functions. Nothing in their signatures says that they wait. ---

function loadUser(http: HttpClient<true>, id: number): User {
  return http.get(`/users/${id}`).raiseForStatus().json<User>();
}

function loadWithFriend(http: HttpClient<true>, id: number): { user: User; friend: User } {
  const user = loadUser(http, id);
  return { user, friend: loadUser(http, user.bestFriend) };
}

// Mustache knows nothing of promises: it calls `friendName` synchronously, in the middle of rendering.
function renderCard(http: HttpClient<true>, id: number): string {
  const user = loadUser(http, id);
  const view = { name: user.name, friendName: () => loadUser(http, user.bestFriend).name };
  return Mustache.render('{{name}} is a friend of {{friendName}}.\n', view);
}

// --- The server ---

export async function buildServer(upstreamUrl: string): Promise<FastifyInstance> {
  const app = Fastify({ logger: { level: 'warn' } });
  await app.register(greenroom, { maxWorkers: 200, maxQueue: 1000 });

  const http = new HttpClient({ green: true, baseUrl: upstreamUrl });
  const asyncHttp = new HttpClient({ baseUrl: upstreamUrl });
  app.addHook('onClose', async () => {
    await http.close();
    await asyncHttp.close();
  });

  app.get<{ Params: { id: number } }>('/green/:id', { green: true }, (request) =>
    loadWithFriend(http, Number(request.params.id)),
  );

  app.get<{ Params: { id: number } }>('/card/:id', { green: true }, (request) =>
    renderCard(http, Number(request.params.id)),
  );

  app.get('/fan-out', { green: true }, () => {
    const tasks = [1, 2, 3, 4, 5].map((id) => spawn(loadUser, http, id));
    return tasks.map((task) => wait(task).name);
  });

  app.get('/error', { green: true }, () => {
    wait(new Promise((resolve) => setTimeout(resolve, 10)));
    throw Object.assign(new Error('thrown after a wait, by a synchronous handler'), { statusCode: 418 });
  });

  // The same work as /green/:id, the way it is written without greenroom.
  app.get<{ Params: { id: number } }>('/async/:id', async (request) => {
    const user = (await asyncHttp.get(`/users/${Number(request.params.id)}`)).raiseForStatus().json<User>();
    const friend = (await asyncHttp.get(`/users/${user.bestFriend}`)).raiseForStatus().json<User>();
    return { user, friend };
  });

  // A handler from before frameworks, in the same pool.
  const legacy = runInPool(
    (_request, response) => {
      const { name } = loadUser(http, 7);
      response.setHeader('content-type', 'text/plain; charset=utf-8');
      response.end(`hello from a (req, res) handler in a context (${inContext()}), ${name}\n`);
    },
    { pool: app.green.pool() },
  );
  app.get('/legacy', (request, reply) => {
    reply.hijack();
    legacy(request.raw, reply.raw);
  });

  app.get('/stats', () => ({ switchKind: switchKind(), pools: app.green.stats() }));
  return app;
}

async function main(): Promise<void> {
  const upstream = fork(fileURLToPath(new URL('./upstream.js', import.meta.url)));
  const [upstreamPort] = (await once(upstream, 'message')) as [number];
  const app = await buildServer(`http://127.0.0.1:${upstreamPort}`);

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void app.close().then(() => upstream.disconnect());
    });
  }

  let url: string;
  try {
    url = await app.listen({ port: Number(process.env['PORT'] ?? 3000), host: '127.0.0.1' });
  } catch (error) {
    upstream.disconnect();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    console.error('The port is taken. Choose another one: PORT=3001 npm start');
    process.exitCode = 1;
    return;
  }
  console.log(`greenroom example on ${url} (stack switch: ${switchKind()}). Try:

  curl ${url}/green/1      two calls to a slow upstream, through plain synchronous functions
  curl ${url}/card/1       a wait inside a template library's synchronous callback
  curl ${url}/fan-out      five calls side by side, with spawn()
  curl ${url}/legacy       a (req, res) handler, wrapped with runInPool()
  curl ${url}/async/1      the work of /green/1 in async/await
  curl ${url}/error        an error thrown after a wait
  curl ${url}/stats        the pool

  npx autocannon -c 200 -d 5 ${url}/green/1

Stop it with Ctrl-C.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
