import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text as textOf } from 'node:stream/consumers';

import Fastify, { type FastifyInstance, type onRequestHookHandler } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';

import { GreenPool, wait } from '../../src/index.ts';
import greenroom from '../../src/middleware/index.ts';
import { registerStatus, type StatusOptions, type StatusSnapshot } from '../../src/middleware/status/index.ts';

const ROUTES = ['/greenroom', '/greenroom/status.json', '/greenroom/events'];
const CREDENTIALS = { authorization: 'Bearer let-me-in' };

const guard: onRequestHookHandler = async (request, reply) => {
  if (request.headers.authorization !== CREDENTIALS.authorization) return reply.code(401).send('who are you?');
};

const open: FastifyInstance[] = [];

interface Served {
  app: FastifyInstance;
  url: string;
  pools: GreenPool[];
}

async function server(options: StatusOptions = { guard: false }, pools: GreenPool[] = []): Promise<Served> {
  const app = Fastify();
  open.push(app);
  await app.register(greenroom);
  registerStatus(app, options, { pools: () => pools });
  return { app, url: await app.listen({ port: 0, host: '127.0.0.1' }), pools };
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

async function snapshotOf(url: string): Promise<StatusSnapshot> {
  return (await (await fetch(`${url}/greenroom/status.json`)).json()) as StatusSnapshot;
}

/** Tasks of `pool` that wait until the promise is released. */
function hold(pool: GreenPool, count: number, label = 'GET /held'): { release: () => Promise<void> } {
  let open!: () => void;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  function waitsHere(): void {
    wait(gate);
  }
  const ended = Promise.all(Array.from({ length: count }, () => pool.submit(waitsHere, { label })));
  return {
    release: async () => {
      open();
      await ended;
    },
  };
}

// Not fetch(): it replaces the connections it has aborted by idle ones, and those do hold up a server's close().
async function events(url: string): Promise<IncomingMessage> {
  const sent = request(`${url}/greenroom/events`, { agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  return response.setEncoding('utf8');
}

const frames = async (url: string, enough: number): Promise<StatusSnapshot[]> => framesOf(await events(url), enough);

/** Reads events off a stream until there are `enough`. */
async function framesOf(response: IncomingMessage, enough: number): Promise<StatusSnapshot[]> {
  const found: StatusSnapshot[] = [];
  let text = '';
  for await (const chunk of response as AsyncIterable<string>) {
    const complete = (text + chunk).split('\n\n');
    text = complete.pop() as string;
    for (const event of complete) {
      const data = event.split('\n').find((line) => line.startsWith('data: '));
      if (data !== undefined) found.push(JSON.parse(data.slice('data: '.length)) as StatusSnapshot);
    }
    if (found.length >= enough) break;
  }
  return found;
}

describe('registerStatus()', () => {
  it.each<[string, unknown]>([
    ['no guard', {}],
    ['a guard that is no function', { guard: 'secret' }],
    ['an empty array of guards, which would guard nothing', { guard: [] }],
    ['guard: true', { guard: true }],
    ['a path with a parameter', { guard: false, path: '/:any' }],
    ['a path with a slash at its end', { guard: false, path: '/status/' }],
    ['an interval below 100 ms', { guard: false, intervalMs: 99 }],
    ['an unknown option', { guard: false, interval: 1000 }],
    ['no options', undefined],
  ])('refuses %s', (_what, options) => {
    const app = Fastify();
    open.push(app);
    expect(() => registerStatus(app, options as StatusOptions, { pools: () => [] })).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }),
    );
  });

  it('lets nobody into any of its routes whom the guard refuses', async () => {
    const { url } = await server({ guard });
    for (const route of ROUTES) {
      const response = await fetch(url + route);
      expect([route, response.status, await response.text()]).toEqual([route, 401, 'who are you?']);
    }
  });

  it('lets those in whom the guard lets in', async () => {
    const { url } = await server({ guard: [guard] });
    for (const route of ROUTES) {
      const response = await fetch(url + route, { headers: CREDENTIALS });
      expect([route, response.status]).toEqual([route, 200]);
      await response.body?.cancel();
    }
  });

  it('asks every guard of several', async () => {
    const closed: onRequestHookHandler = async (_request, reply) => reply.code(403).send('closed');
    const { url } = await server({ guard: [guard, closed] });
    for (const route of ROUTES) expect((await fetch(url + route, { headers: CREDENTIALS })).status).toBe(403);
  });

  it('serves at another path, below a prefix', async () => {
    const app = Fastify();
    open.push(app);
    await app.register(greenroom);
    app.register(
      async (child) => registerStatus(child, { guard: false, path: '/in/side' }, { pools: () => [child.green.pool()] }),
      { prefix: '/admin' },
    );
    expect((await app.inject('/admin/in/side')).statusCode).toBe(200);
    expect((await app.inject('/admin/in/side/status.json')).json().pools).toHaveLength(1);
  });

  it('answers while every worker is busy, and counts as no work of the pool', async () => {
    const app = Fastify();
    open.push(app);
    await app.register(greenroom, { maxWorkers: 1, maxQueue: 0 });
    const pool = app.green.pool();
    registerStatus(app, { guard: false }, { pools: () => [pool] });
    const held = hold(pool, 1);
    for (const route of ROUTES.slice(0, 2)) expect((await app.inject(route)).statusCode).toBe(200);
    expect(pool.stats).toMatchObject({ active: 1, completed: 0, rejected: 0 });
    await held.release();
  });
});

describe('the page', () => {
  it('is one document that loads nothing and runs no script but its own', async () => {
    const { url } = await server();
    const response = await fetch(`${url}/greenroom`);
    const html = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(html).not.toMatch(/<link[^>]*stylesheet|<script[^>]*src|^import |^export /m);
    const policy = response.headers.get('content-security-policy') as string;
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'sha256-[\w+/=]+'; /);
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });
});

describe('status.json', () => {
  it('has the stats of every pool, with its distributions if it keeps them', async () => {
    const timed = new GreenPool({ name: 'timed', maxWorkers: 2, histograms: true });
    const plain = new GreenPool({ name: 'plain', maxQueue: Number.POSITIVE_INFINITY });
    const { url } = await server({ guard: false }, [timed, plain]);
    await timed.submit(() => 1);
    const { pools } = await snapshotOf(url);
    expect(pools).toMatchObject([
      { name: 'timed', maxWorkers: 2, maxQueue: 1000, completed: 1, closed: false, ranMs: { count: 1 } },
      { name: 'plain', maxQueue: null },
    ]);
    expect(pools[1]).not.toHaveProperty('ranMs');
  });

  it('has every busy context, and the stack it is suspended in once for all that share it', async () => {
    const pool = new GreenPool({ name: 'api' });
    const { url } = await server({ guard: false }, [pool]);
    const held = hold(pool, 3, 'GET /users/:id');
    const { contexts, stacks, counts, omitted, findings } = await snapshotOf(url);
    expect(contexts).toHaveLength(3);
    expect(contexts[0]).toMatchObject({
      pool: 'api',
      label: 'GET /users/:id',
      state: 'waiting',
      waitsFor: 'promise #1',
      stack: 0,
      times: { waits: 1 },
    });
    expect(stacks).toHaveLength(1);
    expect(stacks[0]?.[0]).toContain('waitsHere');
    expect([counts.waiting, omitted, findings]).toEqual([3, 0, []]);
    await held.release();
  });

  it('shows the 200 contexts that have waited for longest, and says how many more there are', async () => {
    const pool = new GreenPool({ maxWorkers: 230 });
    const { url } = await server({ guard: false }, [pool]);
    const first = hold(pool, 200, 'first');
    await new Promise((resolve) => setTimeout(resolve, 5));
    const second = hold(pool, 30, 'second');
    const { contexts, omitted, counts } = await snapshotOf(url);
    expect([contexts.length, omitted, counts.waiting]).toEqual([200, 30, 230]);
    expect(new Set(contexts.map(({ label }) => label))).toEqual(new Set(['first']));
    await Promise.all([first.release(), second.release()]);
  });

  it('says what a dump finds to be wrong', async () => {
    const pool = new GreenPool({ maxWorkers: 1 });
    const { url } = await server({ guard: false }, [pool]);
    const giveUp = new AbortController();
    let inner!: Promise<unknown>;
    const outer = pool.submit(
      () => {
        wait(new Promise((resolve) => setImmediate(resolve)));
        wait(inner);
      },
      { signal: giveUp.signal },
    );
    inner = pool.submit(() => 1, {});
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await snapshotOf(url)).findings).toEqual([expect.stringMatching(/^Deadlock: all 1 workers/)]);
    giveUp.abort();
    await expect(outer).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    await inner;
  });

  it('has facts about the process', async () => {
    const { url } = await server();
    const { process: facts, intervalMs } = await snapshotOf(url);
    expect(facts).toMatchObject({ pid: process.pid, node: process.version, loopDelayMs: null });
    expect(facts.switchKind).toMatch(/^(id|tls|thread)$/);
    expect(facts.rssBytes).toBeGreaterThan(1e6);
    expect(intervalMs).toBe(1000);
  });

  it('is the same for all who ask within an interval', async () => {
    const { url } = await server({ guard: false, intervalMs: 60_000 });
    const { at } = await snapshotOf(url);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await snapshotOf(url)).at).toBe(at);
  });
});

describe('the event stream', () => {
  it('begins with a snapshot at once and brings one an interval, with the delay of the event loop', async () => {
    const pool = new GreenPool({ name: 'api' });
    const { url } = await server({ guard: false, intervalMs: 100 }, [pool]);
    const [first, second, third] = await frames(url, 3);
    expect(first?.pools[0]?.name).toBe('api');
    expect((second as StatusSnapshot).at).toBeGreaterThan((first as StatusSnapshot).at);
    expect(third?.process.loopDelayMs?.p99).toBeGreaterThanOrEqual(0);
  });

  it('collects once an interval, however many listen, and nothing when nobody does', async () => {
    let collected = 0;
    const app = Fastify();
    open.push(app);
    await app.register(greenroom);
    const source = {
      pools: () => {
        collected++;
        return [];
      },
    };
    registerStatus(app, { guard: false, intervalMs: 100 }, source);
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    expect(collected).toBe(0);
    const all = await Promise.all(Array.from({ length: 5 }, () => frames(url, 4)));
    expect(all.map((each) => each.length)).toEqual([4, 4, 4, 4, 4]);
    expect(collected).toBeLessThanOrEqual(6);
    await new Promise((resolve) => setTimeout(resolve, 50)); // the closed connections are noticed
    const before = collected;
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(collected).toBe(before);
  });

  it('lets a client that does not read miss frames, and the others not', async () => {
    const pool = new GreenPool({ maxWorkers: 200 });
    const { url } = await server({ guard: false, intervalMs: 100 }, [pool]);
    const held = hold(pool, 200, 'x'.repeat(40_000)); // frames of 8 MB, of which sockets hold one at most
    const slow = (await events(url)).pause();
    expect(await frames(url, 8)).toHaveLength(8);
    await held.release();
    const [first, , third] = (await framesOf(slow, 3)).map(({ at }) => at);
    expect((third as number) - (first as number)).toBeGreaterThan(500);
  });

  it('does not let a client that does not read hold up close()', async () => {
    const pool = new GreenPool({ maxWorkers: 200 });
    const { app, url } = await server({ guard: false, intervalMs: 100 }, [pool]);
    const held = hold(pool, 200, 'x'.repeat(40_000));
    const slow = (await events(url)).pause().on('error', () => {}); // it is cut off
    await frames(url, 2);
    await held.release();
    const closingAtMs = performance.now();
    await app.close();
    expect(performance.now() - closingAtMs).toBeLessThan(1000);
    slow.destroy();
  });

  it('ends at close(), which does not wait for the clients to go', async () => {
    const { app, url } = await server({ guard: false, intervalMs: 60_000 });
    const read = textOf(await events(url));
    const closingAtMs = performance.now();
    await app.close();
    expect(performance.now() - closingAtMs).toBeLessThan(1000);
    expect(await read).toMatch(/^retry: 2000\n\ndata: \{.*\}\n\n$/);
  });

  it('does not begin for HEAD', async () => {
    const { url } = await server();
    expect((await fetch(`${url}/greenroom/events`, { method: 'HEAD' })).status).toBe(404);
  });

  it('keeps headers that other hooks have set', async () => {
    const app = Fastify();
    open.push(app);
    await app.register(greenroom);
    app.addHook('onRequest', async (_request, reply) => void reply.header('x-frame-options', 'DENY'));
    registerStatus(app, { guard: false }, { pools: () => [] });
    const response = await events(await app.listen({ port: 0, host: '127.0.0.1' }));
    expect(response.headers['x-frame-options']).toBe('DENY');
    response.destroy();
  });
});
