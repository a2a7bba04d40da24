import { describe, expect, it } from 'vitest';
import { jsonOf } from '../support/child.ts';

interface Session {
  results: string[];
  pauses: { frames: string[]; locals: string[]; reason: string }[];
}

const debug = async (onPause: string) => (await jsonOf('native/debugger.mjs', { args: [onPause] })) as Session;
const results = ['first before and after', 'second before and after', 'nested before and after'];

describe.concurrent('a debugger', () => {
  it('pauses in contexts, before and after a wait, with their frames and variables', async () => {
    const inContext = (name: string) => ({
      frames: ['inner', 'inAContext'],
      locals: [`${name} before`],
      reason: 'other',
    });
    const once = [inContext('first'), inContext('second'), inContext('nested')];
    const onMain = { frames: [''], locals: [], reason: 'other' };
    expect(await debug('resume')).toEqual({ results, pauses: [...once, ...once, onMain] });
  });

  it.each(['stepOver', 'stepInto', 'stepOut'])('goes on from a pause with %s', async (command) => {
    const session = await debug(command);
    expect(session.results).toEqual(results);
    expect(session.pauses[0]?.frames).toEqual(['inner', 'inAContext']);
  });
});
