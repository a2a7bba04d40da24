import { beforeAll, describe, expect, it } from 'vitest';
import { jsonOf, NODE_MAJOR } from '../support/child.ts';

const FORBIDDEN = [
  'a vm run with a timeout',
  'a vm run in this context with a timeout',
  'a vm run in a new context with a timeout',
  'a vm.Script with a timeout',
  'a vm run with breakOnSigint',
  'a context started in a vm run with a timeout',
  'a vm run with a timeout, outside contexts',
  'a module that require() loads',
  'Error.prepareStackTrace',
  'the toString() of an element of an array that is joined',
  'the toLocaleString() of such an element',
  'a template literal with an array',
  'runInAsyncScope() captured before greenroom was used',
  'runInAsyncScope() below a captured one',
  "a callback of Node's own HTTP parser",
  'an exit handler that a context called',
  'an exit handler',
  'a FinalizationRegistry callback',
  'a signal listener',
];
// Only V8 12 keeps a list of running JSON.stringify() calls.
if (NODE_MAJOR === 22) FORBIDDEN.push('a toJSON() on Node 22');

describe('waiting where a suspension would break the process', () => {
  let outcomes: Record<string, string>;
  beforeAll(async () => {
    outcomes = (await jsonOf('native/forbidden.mjs', { flags: ['--expose-gc'] })) as Record<string, string>;
  });

  it.each(FORBIDDEN)('is refused in %s', (place) => {
    expect(outcomes[place]).toBe('GREEN_ERR_WAIT_FORBIDDEN');
  });

  it('is refused outside contexts for that reason', () => {
    expect(outcomes['the event loop']).toBe('GREEN_ERR_WAIT_OUTSIDE_CONTEXT');
  });

  it('is allowed in a vm run without a timeout', () => {
    expect(outcomes['a vm run without a timeout']).toBe('returned');
  });

  it('was tried nowhere else', () => {
    const allowed = ['the event loop', 'a vm run without a timeout'];
    expect(Object.keys(outcomes).sort()).toEqual([...FORBIDDEN, ...allowed].sort());
  });
});
