import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const FIXTURE = fileURLToPath(new URL('../fixtures/example-server.mjs', import.meta.url));

const agent = new Agent({ keepAlive: true, maxSockets: 200 });
let server: ChildProcess;
let url: string;

beforeAll(async () => {
  server = fork(FIXTURE);
  [url] = (await once(server, 'message')) as [string];
});

afterAll(async () => {
  agent.destroy();
  if (server.exitCode === null) server.kill();
});

async function get(path: string): Promise<{ status: number | undefined; body: string }> {
  const [response] = (await once(request(`${url}${path}`, { agent }).end(), 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: (await response.setEncoding('utf8').toArray()).join('') };
}

/** The counts of the server's pool, and `fewestTicks` (see the fixture). */
async function report(): Promise<Record<string, number>> {
  server.send('report');
  return ((await once(server, 'message')) as [Record<string, number>])[0];
}

describe('the example server', () => {
  it.each([
    [
      '/green/1',
      200,
      '{"user":{"id":1,"name":"user 1","bestFriend":2},"friend":{"id":2,"name":"user 2","bestFriend":3}}',
    ],
    [
      '/async/1',
      200,
      '{"user":{"id":1,"name":"user 1","bestFriend":2},"friend":{"id":2,"name":"user 2","bestFriend":3}}',
    ],
    ['/card/1', 200, 'user 1 is a friend of user 2.\n'],
    ['/fan-out', 200, '["user 1","user 2","user 3","user 4","user 5"]'],
    ['/legacy', 200, 'hello from a (req, res) handler in a context (true), user 7\n'],
    [
      '/error',
      418,
      '{"statusCode":418,"error":"I\'m a Teapot","message":"thrown after a wait, by a synchronous handler"}',
    ],
  ])('answers %s', async (path, status, body) => {
    expect(await get(path)).toEqual({ status, body });
  });

  it('answers others while execSync() runs in /blocking', async () => {
    let answered = false;
    const blocking = get('/blocking').finally(() => {
      answered = true;
    });
    let seen = 0; // while Node's own execSync() runs, nobody could ask
    while (!answered && seen === 0) seen = JSON.parse((await get('/stats')).body).pools.default.active;
    expect(seen).toBe(1);
    expect(await blocking).toMatchObject({ status: 200, body: expect.stringMatching(/\d:\d\d:\d\d/) });
  });

  it('answers 1,000 requests at 200 connections exactly once each, while an interval timer keeps ticking', async () => {
    const before = (await report())['completed'] as number;
    const ids = Array.from({ length: 1000 }, (_, n) => n + 1);
    const answers = await Promise.all(ids.map((id) => get(`/green/${id}`)));
    expect(answers.map(({ status, body }) => [status, JSON.parse(body).user.id, JSON.parse(body).friend.id])).toEqual(
      ids.map((id) => [200, id, id + 1]),
    );

    const after = await report();
    expect(after).toMatchObject({ active: 0, queued: 0, rejected: 0, completed: before + 1000 });
    // Each took at least two upstream calls of 50 ms: had a handler blocked the loop, none would have fired within it.
    expect(after['fewestTicks']).toBeGreaterThan(0);
  });

  it('drains and exits by itself when closed', async () => {
    const lastAnswers = Promise.all([get('/green/1'), get('/green/2')]);
    while ((await report())['active'] !== 2);
    server.send('close');
    expect((await lastAnswers).map(({ status }) => status)).toEqual([200, 200]);
    const [code] = (await once(server, 'exit')) as [number];
    expect(code).toBe(0);
  });
});
