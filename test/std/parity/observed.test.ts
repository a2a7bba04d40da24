import { describe, expect, it } from 'vitest';

import { observed, observedError } from './observed.ts';

const tmp = '/tmp/x';

describe('observed()', () => {
  it('tells apart what toEqual() does not', () => {
    const different: readonly (readonly [unknown, unknown])[] = [
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      [Buffer.from('a'), new Uint8Array([97])],
      [{ a: undefined }, {}],
      [Object.create(null), {}],
      [1n, '1'],
      ['a', Buffer.from('a')],
    ];
    for (const [left, right] of different) expect(observed(left, { tmp })).not.toEqual(observed(right, { tmp }));
  });

  it('leaves out where the run was and what it is told to', () => {
    expect(observed({ pid: 7, path: '/tmp/x/a' }, { tmp, ignore: ['pid'] })).toEqual({
      class: 'Object',
      entries: [
        ['pid', '<ignored>'],
        ['path', '<tmp>/a'],
      ],
    });
  });

  it('comes to an end with circles', () => {
    const error: Error & { error?: Error } = new Error('x');
    error.error = error;
    expect(observedError(error, { tmp })).toMatchObject({ entries: [['error', '<circle to depth 0>']] });
  });

  it('shows class, message, code and keys of errors in their order', () => {
    const error = Object.assign(new TypeError('no /tmp/x'), { errno: -2, code: 'ENOENT' });
    expect(observedError(error, { tmp })).toMatchObject({
      class: 'TypeError',
      message: 'no <tmp>',
      code: 'ENOENT',
      entries: [
        ['errno', -2],
        ['code', 'ENOENT'],
      ],
      firstLine: 'TypeError: no <tmp>',
    });
  });
});
