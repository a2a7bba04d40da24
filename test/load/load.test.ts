import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fixturePath } from '../support/child.ts';
import { pseudoRandom } from '../support/pseudo-random.mjs';
import { behave, type Tally } from './client.ts';

const REQUESTS = Number(process.env['GREENROOM_LOAD_REQUESTS'] ?? 10_000);
const CONNECTIONS = 500;
const TIME_LIMIT_MS = 120_000;
const REPORTS = 400; // each takes 60 ms or more, and no request more than 25 s

interface Report {
  twice: number;
  unhandled: number;
  longRuns: number;
  iteratorsOpen: number;
  begun: number;
  busyContexts: number;
  pool: Record<string, number>;
  heapMb: number;
  residentMb: number;
}

describe(`${REQUESTS} requests at ${CONNECTIONS} connections, some of which misbehave`, () => {
  const seed = Number(process.env['GREENROOM_LOAD_SEED'] ?? Date.now() % 1_000_000);
  const random = pseudoRandom(seed);
  let server: ChildProcess;
  let port: number;
  let ids = 0;

  beforeAll(async () => {
    server = fork(fixturePath('load/server.mjs'), { execArgv: ['--expose-gc'] });
    [{ port }] = (await once(server, 'message')) as [{ port: number }];
  });
  afterAll(() => {
    server.kill('SIGKILL');
  });

  async function load(requests: number): Promise<Tally> {
    const tally: Tally = { answered: 0, closed: 0, left: 0, wrong: [] };
    const until = ids + requests;
    const options = { port, random, nextId: () => ids++, tally };
    await Promise.all(Array.from({ length: CONNECTIONS }, () => behave(options, () => ids < until)));
    return tally;
  }

  /** Once the server has noticed every client that left. */
  async function report(): Promise<Report> {
    for (let tries = 0; ; tries++) {
      server.send('report');
      const [message] = (await once(server, 'message')) as [Report];
      if (message.pool['active'] === 0 && message.iteratorsOpen === 0) return message;
      if (tries === REPORTS) throw new Error(`The server does not come to rest: ${JSON.stringify(message)}`);
    }
  }

  it(
    `answers each once or closes its connection, leaves no context and no memory behind (seed ${seed})`,
    async () => {
      await load(Math.ceil(REQUESTS / 4)); // whatever the first requests cost
      const before = await report();
      const first = ids;
      const tally = await load(REQUESTS);
      const after = await report();

      expect(tally.wrong).toEqual([]);
      expect(tally.answered + tally.closed + tally.left).toBe(ids - first);
      expect(tally.answered).toBeGreaterThan(REQUESTS / 2);
      expect(after).toMatchObject({ twice: 0, unhandled: 0, busyContexts: 0 });
      expect(after.pool).toMatchObject({ active: 0, queued: 0, discarded: 0 });
      console.log(
        `${tally.answered} answered, ${tally.closed} closed, ${tally.left} left; ${after.pool['cancelled']} cancelled; ` +
          `${after.longRuns} runs of more than 50 ms; ` +
          `heap ${before.heapMb.toFixed(1)} to ${after.heapMb.toFixed(1)} MB, ` +
          `resident ${before.residentMb.toFixed(0)} to ${after.residentMb.toFixed(0)} MB`,
      );
      expect(after.heapMb - before.heapMb).toBeLessThan(5);
    },
    TIME_LIMIT_MS,
  );

  it('then closes at once, by itself', async () => {
    server.send('close');
    const [code] = (await once(server, 'exit')) as [number];
    expect(code).toBe(0);
  });
});
