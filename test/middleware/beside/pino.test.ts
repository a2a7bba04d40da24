// pino: log lines written from any depth of a synchronous call stack, after waits, carry their own request's id.

import { AsyncLocalStorage } from 'node:async_hooks';
import { Writable } from 'node:stream';

import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { describe, expect, it } from 'vitest';

import { wait } from '../../../src/index.ts';
import { concurrently, deep, greenServer, later, listen } from './green-server.ts';

interface Line {
  readonly msg: string;
  readonly reqId?: string;
  readonly traced?: string;
  readonly part?: string;
}

const REQUESTS = 20;

/** A stream that keeps the lines. */
function lines(): { stream: Writable; found: Line[] } {
  const found: Line[] = [];
  const stream = new Writable({
    write(chunk, _encoding, callback) {
      found.push(JSON.parse(String(chunk)));
      callback();
    },
  });
  return { stream, found };
}

const requestIds = { genReqId: (request: { headers: Record<string, unknown> }) => String(request.headers['number']) };

async function ask(app: FastifyInstance): Promise<void> {
  const url = await listen(app);
  await concurrently(REQUESTS, async (number) => {
    const answer = await fetch(url, { headers: { number: String(number) } });
    expect(await answer.text()).toBe('logged');
  });
}

describe('request.log', () => {
  it('writes the id of its request, and so do its children', async () => {
    const { stream, found } = lines();
    const app = await greenServer({}, { loggerInstance: pino(stream), ...requestIds });
    app.get('/', { green: true }, (request) => {
      const { number } = request.headers;
      deep(10, () => {
        wait(later(undefined));
        request.log.info(`own ${number}`);
        const child = request.log.child({ part: 'child' });
        wait(later(undefined));
        child.info(`child ${number}`);
      });
      return 'logged';
    });
    await ask(app);
    const own = found.filter(({ msg }) => msg.startsWith('own'));
    const children = found.filter(({ msg }) => msg.startsWith('child'));
    expect([own.length, children.length]).toEqual([REQUESTS, REQUESTS]);
    for (const { msg, reqId } of own) expect(msg).toBe(`own ${reqId}`);
    for (const { msg, reqId, part } of children) expect([msg, part]).toEqual([`child ${reqId}`, 'child']);
  });
});

describe('a logger with a mixin from AsyncLocalStorage', () => {
  it('writes the id of the request that runs, from functions that know of no request', async () => {
    const storage = new AsyncLocalStorage<string>();
    const { stream, found } = lines();
    const log = pino({ mixin: () => ({ traced: storage.getStore() }) }, stream);
    const app = await greenServer({}, requestIds);
    app.addHook('onRequest', (request, _reply, done) => storage.run(request.id, done));
    const load = (what: string): void => {
      wait(later(undefined));
      log.info(what);
    };
    app.get('/', { green: true }, (request) => {
      const { number } = request.headers;
      for (const depth of [0, 5, 25]) deep(depth, () => load(`loaded ${number}`));
      return 'logged';
    });
    await ask(app);
    expect(found).toHaveLength(REQUESTS * 3);
    for (const { msg, traced } of found) expect(msg).toBe(`loaded ${traced}`);
  });
});
