import { fork } from 'node:child_process';
import { once } from 'node:events';

import { expect, it } from 'vitest';

import { fixturePath } from '../support/child.ts';

const CALLS = Number(process.env['GREENROOM_HTTP_LOAD_CALLS'] ?? 1000);
const CONCURRENCY = 60;
const TIME_LIMIT_MS = 120_000;

const OUTCOMES: readonly string[] = [
  '200',
  '413',
  'GREEN_ERR_CANCELLED',
  'GREEN_ERR_HTTP_BODY_TOO_LARGE',
  'GREEN_ERR_HTTP_DECODE', // of a body without length: libuv reports some resets as ends
  'GREEN_ERR_HTTP_TIMEOUT',
  'GREEN_ERR_HTTP_TRANSPORT',
  'GREEN_ERR_WAIT_TIMEOUT',
  'abandoned',
  'read',
];

const seed = Number(process.env['GREENROOM_LOAD_SEED'] ?? Date.now() % 1_000_000);

it(
  `2 x ${CALLS} calls that mostly go wrong: each ends once, with its own answer, and leaves nothing behind (seed ${seed})`,
  async () => {
    const args = [CALLS, CONCURRENCY, seed].map(String);
    const child = fork(fixturePath('load/http-calls.mjs'), args, { execArgv: ['--expose-gc'] });
    const exited = once(child, 'exit');
    const [report] = (await Promise.race([once(child, 'message'), exited])) as [Record<string, unknown>];
    expect(report).toMatchObject({ wrong: [], uncaught: [], twice: 0, inFlight: [0, 0], busy: [0, 0], connections: 0 });
    expect(report['settled']).toBe(report['calls']);
    console.log(report['outcomes'], `heap grew by ${(report['grownMb'] as number).toFixed(1)} MB`);
    expect(report['grownMb']).toBeLessThan(4);
    expect(Object.keys(report['outcomes'] as object).filter((outcome) => !OUTCOMES.includes(outcome))).toEqual([]);
    expect(await exited).toEqual([0, null]); // by itself: no timer, no socket is left
  },
  TIME_LIMIT_MS,
);
