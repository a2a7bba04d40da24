import { describe, expect, it } from 'vitest';

import { parseChallenges } from '../../../src/http-client/auth/challenges.ts';

function parsed(header: string | string[]): unknown[] {
  return parseChallenges(header).map(({ scheme, params }) => [scheme, Object.fromEntries(params)]);
}

describe('parseChallenges()', () => {
  it('reads one challenge', () => {
    expect(parsed('Basic realm="a"')).toEqual([['basic', { realm: 'a' }]]);
    expect(parsed('Negotiate')).toEqual([['negotiate', {}]]);
  });

  it('reads several in one header, and in several', () => {
    const first = ['digest', { realm: 'a, b', nonce: 'x', qop: 'auth,auth-int' }];
    const second = ['basic', { realm: 'c' }];
    expect(parsed('Digest realm="a, b", nonce=x, qop="auth,auth-int", Basic realm="c"')).toEqual([first, second]);
    expect(parsed(['Digest realm="a, b",nonce=x,qop="auth,auth-int"', 'BASIC Realm = "c"'])).toEqual([first, second]);
    expect(parsed('Negotiate abc==, Basic realm="c"')).toEqual([['negotiate', {}], second]);
    expect(parsed('Negotiate, Basic realm="c"')).toEqual([['negotiate', {}], second]);
  });

  it('undoes the quoting, and minds no superfluous comma', () => {
    expect(parsed(',, Basic ,realm="say \\"hi\\" \\\\, x",,charset=UTF-8,')).toEqual([
      ['basic', { realm: 'say "hi" \\, x', charset: 'UTF-8' }],
    ]);
  });

  it('takes the first of a repeated parameter', () => {
    expect(parsed('Digest nonce="1", nonce="2"')).toEqual([['digest', { nonce: '1' }]]);
  });

  it.each<[string, unknown[]]>([
    ['', []],
    ['realm="a"', []],
    ['"Basic"', []],
    ['Basic realm="open', [['basic', {}]]],
    ['Basic realm="a", x=@', [['basic', { realm: 'a' }]]],
    ['Basic realm="a" ; Digest nonce="b"', [['basic', { realm: 'a' }]]],
  ])('leaves out what follows an error: %s', (header, expected) => {
    expect(parsed(header)).toEqual(expected);
  });

  it('has nothing to read without a header', () => {
    expect(parseChallenges(undefined)).toEqual([]);
  });
});
