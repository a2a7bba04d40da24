// app.inject(): from outside, and from inside a green handler, which must not need a second worker.

import { describe, expect, it } from 'vitest';

import { wait } from '../../../src/index.ts';
import { concurrently, greenServer, later, listen } from './green-server.ts';

describe('inject', () => {
  it('reaches a green handler from outside, with its payload', async () => {
    const app = await greenServer();
    app.post('/', { green: true }, (request) => wait(later(request.body)));
    const answer = await app.inject({ method: 'POST', url: '/', payload: { sent: 1 } });
    expect([answer.statusCode, answer.json()]).toEqual([200, { sent: 1 }]);
  });

  it('reaches a green handler from inside one, where there is one worker and no queue', async () => {
    const app = await greenServer({ maxWorkers: 1, maxQueue: 0 });
    app.get('/inner', { green: true }, () => wait(later('inner')));
    app.get('/outer', { green: true }, () => `outer of ${wait(app.inject('/inner')).body}`);
    const url = await listen(app);
    expect(await (await fetch(`${url}/outer`)).text()).toBe('outer of inner');
  });

  it('nests, for several requests at once, with one worker', async () => {
    const app = await greenServer({ maxWorkers: 1 });
    app.get<{ Params: { depth: string } }>('/:depth', { green: true }, (request) => {
      const depth = wait(later(Number(request.params.depth)));
      if (depth === 0) return '.';
      return `${depth}${wait(app.inject(`/${depth - 1}`)).body}`;
    });
    const url = await listen(app);
    const answers = await concurrently(5, async () => (await fetch(`${url}/4`)).text());
    expect(answers).toEqual(Array(5).fill('4321.'));
  });

  it('gives a green handler the error of the inner one as its answer', async () => {
    const app = await greenServer({ maxWorkers: 1 });
    app.get('/inner', { green: true }, () => {
      wait(later(undefined));
      throw Object.assign(new Error('no tea'), { statusCode: 418 });
    });
    app.get('/outer', { green: true }, () => ({ inner: wait(app.inject('/inner')).statusCode }));
    expect((await app.inject('/outer')).json()).toEqual({ inner: 418 });
  });
});
