import { describe, expect, it } from 'vitest';

import { userinfoAuth } from '../../../src/http-client/auth/basic.ts';

describe('userinfoAuth()', () => {
  it.each<[string, readonly [string, string] | null]>([
    ['http://user:password@host/', ['user', 'password']],
    ['http://user@host/', ['user', '']],
    ['http://:token@host/', ['', 'token']],
    ['http://a%40b:c%2Fd%3Ae@host/', ['a@b', 'c/d:e']],
    ['http://j%C3%B6rg:p%20w@host/', ['jörg', 'p w']],
    ['http://jörg:p w@host/', ['jörg', 'p w']],
    ['http://host/', null],
  ])('reads %s', (url, expected) => {
    expect(userinfoAuth(new URL(url))).toEqual(expected);
  });

  it.each(['http://secret%ff:x@host/', 'http://a:secret%0d%0a@host/', 'http://a:secret%@host/'])(
    'refuses %s without showing it',
    (url) => {
      expect(() => userinfoAuth(new URL(url))).toThrow(
        expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID', message: expect.not.stringContaining('secret') }),
      );
    },
  );
});
