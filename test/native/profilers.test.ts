import { describe, expect, it } from 'vitest';
import { outputOf } from '../support/child.ts';

describe('profilers', () => {
  it('work with contexts suspended and running, on the event loop and in contexts', async () => {
    const names = ['heap snapshot', 'CPU profile', 'heap profile', 'allocation timeline', 'precise coverage'];
    expect((await outputOf('native/profilers.mjs')).trim().split('\n')).toEqual(names);
  });
});
