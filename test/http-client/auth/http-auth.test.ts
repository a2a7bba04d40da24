import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';

import { authScheme, type HttpAuth } from '../../../src/http-client/auth/http-auth.ts';
import { run, wait } from '../../../src/pool/index.ts';
import { outgoing } from './outgoing.ts';

async function headerOf(auth: HttpAuth): Promise<string | null> {
  const request = outgoing();
  await authScheme(auth).apply(request);
  return request.header('authorization');
}

describe('authScheme()', () => {
  it('makes a pair, or { basic }, the Basic header of RFC 7617', async () => {
    expect(await headerOf(['Aladdin', 'open sesame'])).toBe('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
    expect(await headerOf({ basic: ['test', '123£'] })).toBe('Basic dGVzdDoxMjPCow==');
    expect(await headerOf({ basic: ['', ''] })).toBe('Basic Og==');
    expect(await headerOf({ basic: ['user', 'a:b'] })).toBe(`Basic ${btoa('user:a:b')}`);
  });

  it('sends a bearer token, or the one that a function gives at each sending', async () => {
    expect(await headerOf({ bearer: 'abc.def' })).toBe('Bearer abc.def');
    expect(await headerOf({ bearer: () => 'now' })).toBe('Bearer now');
    expect(await headerOf({ bearer: () => Promise.resolve('later') })).toBe('Bearer later');
    let count = 0;
    const scheme = authScheme({ bearer: () => `token-${++count}` });
    const requests = [outgoing(), outgoing()];
    for (const request of requests) await scheme.apply(request);
    expect(requests.map((request) => request.header('authorization'))).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it('lets a function sign the request as it likes, and wait in a context', async () => {
    const request = outgoing({ method: 'PUT', path: '/a?b=1' });
    await run(() =>
      authScheme((seen) => {
        seen.setHeader('x-signature', wait(Promise.resolve(`${seen.method} ${seen.url}`)));
      }).apply(request),
    );
    expect(request.header('x-signature')).toBe('PUT http://example.org/a?b=1');
  });

  it('gives what an async function returns to whoever must wait for it', async () => {
    const request = outgoing();
    const applied = authScheme(async (seen) => {
      await null;
      seen.setHeader('authorization', 'Custom 1');
    }).apply(request);
    expect(request.header('authorization')).toBeNull();
    await applied;
    expect(request.header('authorization')).toBe('Custom 1');
  });

  it.each<[string, HttpAuth]>([
    ['basic', ['user', 'password']],
    ['bearer', { bearer: 'token' }],
    ['a bearer function', { bearer: () => 'token' }],
    ['digest', { digest: ['user', 'password'] }],
    ['a function', (request) => request.setHeader('authorization', 'Other')],
  ])('leaves an explicit authorization header alone: %s', async (_name, auth) => {
    const request = outgoing({ headers: { authorization: 'Mine' } });
    const scheme = authScheme(auth);
    await scheme.apply(request);
    expect(request.header('authorization')).toBe('Mine');
    expect(scheme.challenged(request, 401, { 'www-authenticate': 'Digest realm="r", nonce="n"' })).toBe(false);
    expect(request.header('authorization')).toBe('Mine');
  });

  it('answers no challenge but that of digest', () => {
    for (const auth of [['u', 'p'], { bearer: 't' }, () => {}] as HttpAuth[]) {
      const request = outgoing();
      expect(authScheme(auth).challenged(request, 401, { 'www-authenticate': 'Digest nonce="n"' })).toBe(false);
    }
  });

  it.each<[string, unknown]>([
    ['a colon in the user name', ['se:cret', 'secret']],
    ['a line break', ['user', 'secret\r\nx: y']],
    ['a control character', { digest: ['secret\0', 'secret'] }],
    ['one string', ['secret']],
    ['three strings', ['secret', 'secret', 'secret']],
    ['a number', { basic: ['secret', 1234] }],
    ['a blank in a token', { bearer: 'secret secret' }],
    ['a line break in a token', { bearer: 'secret\n' }],
    ['an empty token', { bearer: '' }],
    ['a string', 'secret'],
    ['null', null],
    ['an unknown scheme', { ntlm: ['secret', 'secret'] }],
    ['two schemes', { basic: ['secret', 'secret'], bearer: 'secret' }],
    ['a scheme of a prototype', { toString: ['secret', 'secret'] }],
  ])('refuses %s, and does not show it', (_name, auth) => {
    let thrown: unknown;
    try {
      authScheme(auth as HttpAuth);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'GREEN_ERR_OPT_INVALID' });
    expect(inspect(thrown)).not.toMatch(/secret|1234/);
  });

  it('refuses a token that a function gives, at the sending', async () => {
    const scheme = authScheme({ bearer: () => 'bad token' });
    expect(() => scheme.apply(outgoing())).toThrow(/auth\.bearer must be/);
    const later = authScheme({ bearer: () => Promise.resolve('bad\ntoken') });
    await expect(later.apply(outgoing())).rejects.toMatchObject({ code: 'GREEN_ERR_OPT_INVALID' });
  });

  it('shows no secret when inspected or written as JSON', () => {
    const request = outgoing();
    const digest = authScheme({ digest: ['secret-user', 'secret-word'] });
    digest.challenged(request, 401, { 'www-authenticate': 'Digest realm="r", nonce="secret-nonce", qop="auth"' });
    const schemes = [authScheme(['secret-user', 'secret-word']), authScheme({ bearer: 'secret-token' }), digest];
    for (const scheme of schemes) {
      expect(inspect(scheme, { depth: 9, showHidden: true }) + JSON.stringify(scheme)).not.toMatch(/secret|c2VjcmV0/);
    }
  });
});
