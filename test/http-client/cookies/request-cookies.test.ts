import { describe, expect, it } from 'vitest';

import { checkCookies, cookieHeader, type RequestCookies } from '../../../src/http-client/cookies/request-cookies.ts';

describe('cookieHeader()', () => {
  it('adds the cookies of the request to those of the store, and replaces theirs', () => {
    expect(cookieHeader('a=1; b=2; a=3', { a: '4', c: '5=6' })).toBe('b=2; a=4; c=5=6');
    expect(cookieHeader(null, { a: '1', b: '' })).toBe('a=1; b=');
  });

  it('gives what is stored where the request has none, and null for nothing', () => {
    expect(cookieHeader('a=1', null)).toBe('a=1');
    expect(cookieHeader('a=1', {})).toBe('a=1');
    expect(cookieHeader(null, {})).toBeNull();
    expect(cookieHeader(null, null)).toBeNull();
  });

  it('takes own names only: toString is no cookie of the request', () => {
    expect(cookieHeader('toString=1', { a: '2' })).toBe('toString=1; a=2');
  });
});

describe('checkCookies()', () => {
  it('lets printable ASCII pass', () => {
    expect(() => checkCookies({ a: '', 'x-y_z': 'two words, "quoted" = \\ %20' })).not.toThrow();
  });

  it.each<[string, unknown]>([
    ['a second cookie', { a: 'secret; b=2' }],
    ['a line break', { a: 'secret\r\nx: y' }],
    ['a NUL', { a: 'secret\0' }],
    ['what is not ASCII', { a: 'secrét' }],
    ['a number', { a: 1 }],
    ['an empty name', { '': 'secret' }],
    ['a name with a blank', { 'a b': 'secret' }],
    ["a name with '='", { 'a=b': 'secret' }],
    ['an array', ['secret']],
    ['a string', 'secret'],
    ['null', null],
  ])('refuses %s, and does not show it', (_name, cookies) => {
    const check = (): void => checkCookies(cookies as RequestCookies);
    expect(check).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
    expect(check).not.toThrow(/secr/);
  });
});
