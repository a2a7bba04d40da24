import { describe, expect, it } from 'vitest';
import { outputOf } from '../support/child.ts';

const workers = (does: string, atOnce: number, rounds = 1, terminateOn = '') =>
  outputOf('native/worker-threads.mjs', { args: [does, `${atOnce}`, `${rounds}`, terminateOn] });

// What every worker came to; and contexts of the main thread wait all the while.
const all = (outcome: string) => `${outcome}\nthe main thread went on\n`;

describe.concurrent('worker threads', () => {
  it('each use a pool of their own, at once', async () => {
    expect(await workers('uses its pool', 4)).toBe(all('ready, exit 0'));
  });

  it('end by themselves with contexts suspended', async () => {
    expect(await workers('ends with contexts suspended', 4)).toBe(all('ready, exit 0'));
  });

  it('are terminated with contexts suspended, fifty of them, and leave no stack and no thread behind', async () => {
    expect(await workers('waits with contexts suspended', 5, 10, 'ready')).toBe(all('ready, exit 1'));
  });

  it('are terminated while a context loops for ever', async () => {
    expect(await workers('loops for ever in a context', 3, 1, 'looping')).toBe(all('looping, exit 1'));
  });

  it('are terminated while a context that a context started loops for ever', async () => {
    const output = await workers('loops for ever in a context started by a context', 2, 1, 'looping');
    expect(output).toBe(all('looping, exit 1'));
  });

  it('are terminated while they start contexts for ever, whichever stack that hits', async () => {
    expect(await workers('starts contexts for ever', 3, 1, 'looping')).toBe(all('looping, exit 1'));
  });

  it('exit from inside a context', async () => {
    expect(await workers('calls process.exit() in a context', 3)).toBe(all('exit 5'));
  });

  it('fail with what a context throws', async () => {
    expect(await workers('throws in a context', 3)).toBe(all('thrown on purpose, exit 1'));
  });
});
