// The example's application: handlers that are ordinary synchronous functions, beside the same work in async/await.

import Fastify, { type FastifyInstance } from 'fastify';
import { inContext, isCancelled, spawn, switchKind, wait } from 'greenroom';
import { HttpClient } from 'greenroom/http-client';
import greenroom, { runInPool } from 'greenroom/middleware';
import { execSync } from 'greenroom/std/child_process';
import { sleep } from 'greenroom/std/timers';
import Mustache from 'mustache';

interface User {
  id: number;
  name: string;
  bestFriend: number;
}

interface ById {
  Params: { id: number };
}

const BY_ID = { params: { type: 'object', properties: { id: { type: 'integer' } } } };

// --- Plain synchronous functions. Nothing in their signatures says that they wait. ---

function loadUser(http: HttpClient<true>, id: number): User {
  return http.get('/users/{id}', { path: { id } }).json<User>();
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

// Node's own execSync() would stop the whole server for this half second.
function askShell(): string {
  return execSync('sleep 0.5; date', { encoding: 'utf8' });
}

// --- The server ---

export async function buildServer(upstreamUrl: string): Promise<FastifyInstance> {
  const app = Fastify({ logger: { level: 'warn' } });
  await app.register(greenroom, {
    maxWorkers: 200,
    histograms: true,
    pools: { reports: { maxWorkers: 2, maxQueue: 5, timeout: 30_000 } }, // reports fill their own pool only
    status: { guard: false }, // open to all, for this server listens on 127.0.0.1 only
  });

  const options = { baseUrl: upstreamUrl, timeout: 5000, retry: 2, throwOnError: true };
  const http = new HttpClient({ ...options, green: true });
  const asyncHttp = new HttpClient(options);
  app.addHook('onClose', async () => {
    await http.close();
    await asyncHttp.close();
  });

  app.get<ById>('/green/:id', { green: true, schema: BY_ID }, ({ params }) => loadWithFriend(http, params.id));
  app.get<ById>('/card/:id', { green: true, schema: BY_ID }, ({ params }) => renderCard(http, params.id));

  app.get('/fan-out', { green: true }, () => {
    const tasks = [1, 2, 3, 4, 5].map((id) => spawn(loadUser, http, id));
    return tasks.map((task) => wait(task).name);
  });

  app.get('/blocking', { green: true }, () => askShell());

  app.get('/error', { green: true }, () => {
    sleep(10);
    throw Object.assign(new Error('thrown after a wait, by a synchronous handler'), { statusCode: 418 });
  });

  // A generator is streamed, and holds one of the two workers only while it makes the next part.
  app.get<ById>('/report/:id', { green: { pool: 'reports' }, schema: BY_ID }, function* ({ params }, reply) {
    reply.type('text/csv');
    yield 'id,name,friend\n';
    for (let id = params.id; id < params.id + 10; id++) {
      const { user, friend } = loadWithFriend(http, id);
      yield `${user.id},${user.name},${friend.name}\n`;
    }
  });

  // When its client goes away, the wait throws, and clean-up may wait too.
  app.get('/slow', { green: true }, () => {
    try {
      sleep(10_000);
      return 'You were patient.\n';
    } catch (error) {
      if (isCancelled(error)) app.log.warn(`/slow: cancelled by ${(error as { reason: string }).reason}`);
      throw error;
    } finally {
      sleep(100);
      app.log.warn('/slow: cleaned up');
    }
  });

  // The same work as /green/:id, the way it is written without greenroom.
  app.get<ById>('/async/:id', { schema: BY_ID }, async ({ params }) => {
    const user = (await asyncHttp.get('/users/{id}', { path: { id: params.id } })).json<User>();
    const friend = (await asyncHttp.get('/users/{id}', { path: { id: user.bestFriend } })).json<User>();
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
