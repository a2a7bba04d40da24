// Response values: the examples of RFC 2069 (with its erratum 749), RFC 2617 and RFC 7616 (with its erratum 4897).

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';

import { parseChallenges } from '../../../src/http-client/auth/challenges.ts';
import { DigestScheme } from '../../../src/http-client/auth/digest.ts';
import { digestChallenge, digestHeader } from '../../../src/http-client/auth/digest-response.ts';
import type { RequestBody } from '../../../src/http-client/bodies/request-body.ts';
import type { OutgoingRequest } from '../../../src/http-client/outgoing-request.ts';
import { outgoing } from './outgoing.ts';

const RFC_7616 =
  'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", ' +
  'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';

describe('digestHeader()', () => {
  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('computes the example of RFC 7616 section 3.9.1 with %s', (algorithm, response) => {
    const header = paramsOf(
      headerFor(`Digest ${RFC_7616}, algorithm=${algorithm}`, {
        user: 'Mufasa',
        password: 'Circle of Life',
        cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
      }),
    );
    expect(header).toEqual({
      username: 'Mufasa',
      realm: 'http-auth@example.org',
      uri: '/dir/index.html',
      algorithm,
      nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
      nc: '00000001',
      cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
      qop: 'auth',
      response,
      opaque: 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS',
    });
  });

  it('computes the example of RFC 7616 section 3.9.2: SHA-512-256, a hashed user name, UTF-8', () => {
    const header = headerFor(
      'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, charset=UTF-8, userhash=true, ' +
        'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS"',
      {
        user: 'Jäsøn Doe',
        password: 'Secret, or not?',
        uri: '/doe.json',
        cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
      },
    );
    expect(paramsOf(header)).toMatchObject({
      username: '793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b',
      response: '3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5',
      userhash: 'true',
    });
  });

  it('computes the example of RFC 2617, and names no algorithm where the server names none', () => {
    const header = headerFor(
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"',
      { user: 'Mufasa', password: 'Circle Of Life', cnonce: '0a4f113b' },
    );
    expect(paramsOf(header)).toMatchObject({ response: '6629fae49393a05397450978507c4ef1' });
    expect(header).not.toContain('algorithm');
  });

  it('computes the example of RFC 2069, without qop', () => {
    const header = headerFor('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"', {
      user: 'Mufasa',
      password: 'CircleOfLife',
      qop: null,
    });
    expect(paramsOf(header)).toMatchObject({ response: '1949323746fe6a43ef61f9606e7febea' });
    expect(header).not.toMatch(/qop|nc=|cnonce/);
  });

  it('derives the key of -sess algorithms from nonce and cnonce', () => {
    const header = headerFor('Digest realm="r", nonce="n", qop="auth", algorithm=MD5-sess', {
      user: 'u',
      password: 'p',
      cnonce: 'c',
    });
    const ha1 = md5(`${md5('u:r:p')}:n:c`);
    expect(paramsOf(header)).toMatchObject({
      algorithm: 'MD5-sess',
      response: md5(`${ha1}:n:00000001:c:auth:${md5('GET:/dir/index.html')}`),
    });
  });

  it('writes a user name beyond ASCII as username*, or its bytes where the server says nothing of UTF-8', () => {
    const names = { user: "jörg's", password: 'p' };
    expect(headerFor('Digest realm="r", nonce="n", qop="auth", charset=UTF-8', names)).toContain(
      "username*=UTF-8''j%C3%B6rg%27s,",
    );
    expect(headerFor('Digest realm="r", nonce="n", qop="auth"', names)).toContain('username="j\xc3\xb6rg\'s"');
  });

  it('quotes what it got unquoted', () => {
    const header = headerFor('Digest realm="a \\"b\\" \\\\c", nonce="n", qop="auth"', { user: 'x"y', password: 'p' });
    expect(header).toContain('realm="a \\"b\\" \\\\c"');
    expect(header).toContain('username="x\\"y"');
  });
});

describe('DigestScheme', () => {
  it('sends nothing before a challenge, answers it, and goes ahead with the nonce from then on, counting', () => {
    const scheme = new DigestScheme(['user', 'password']);
    const first = outgoing({ path: '/a?b=c' });
    scheme.apply(first);
    expect(first.header('authorization')).toBeNull();
    expect(challenge(scheme, first, 'Digest realm="r", nonce="n1", qop="auth"')).toBe(true);
    expect(paramsOf(first.header('authorization'))).toMatchObject({ nonce: 'n1', nc: '00000001', uri: '/a?b=c' });
    expect(responseIsRight(first)).toBe(true);

    const second = outgoing({ method: 'POST', path: '/d' });
    scheme.apply(second);
    expect(paramsOf(second.header('authorization'))).toMatchObject({ nonce: 'n1', nc: '00000002', uri: '/d' });
    expect(responseIsRight(second)).toBe(true);
  });

  it('keeps the nonce of each origin to that origin', () => {
    const scheme = new DigestScheme(['user', 'password']);
    challenge(scheme, outgoing(), 'Digest realm="r", nonce="n1", qop="auth"');
    const elsewhere = outgoing({ origin: 'https://example.org' });
    scheme.apply(elsewhere);
    expect(elsewhere.header('authorization')).toBeNull();
  });

  it('gives up when its answer is refused, and waits for a challenge again', () => {
    const scheme = new DigestScheme(['user', 'wrong']);
    const request = outgoing();
    expect(challenge(scheme, request, 'Digest realm="r", nonce="n1", qop="auth"')).toBe(true);
    expect(challenge(scheme, request, 'Digest realm="r", nonce="n2", qop="auth"')).toBe(false);
    const next = outgoing();
    scheme.apply(next);
    expect(next.header('authorization')).toBeNull();
  });

  it('answers again when what it sent ahead is refused, stale or not', () => {
    const scheme = new DigestScheme(['user', 'password']);
    challenge(scheme, outgoing(), 'Digest realm="r", nonce="n1", qop="auth"');
    const request = outgoing();
    scheme.apply(request);
    expect(challenge(scheme, request, 'Digest realm="r", nonce="n2", qop="auth"')).toBe(true);
    expect(paramsOf(request.header('authorization'))).toMatchObject({ nonce: 'n2', nc: '00000001' });
  });

  it('follows stale=true, but not for ever', () => {
    const scheme = new DigestScheme(['user', 'password']);
    const request = outgoing();
    const answered = [1, 2, 3, 4, 5].map((n) =>
      challenge(scheme, request, `Digest realm="r", nonce="n${n}", qop="auth", stale=TRUE`),
    );
    expect(answered).toEqual([true, true, true, false, false]);
  });

  it('answers anew in each attempt of a retried request', () => {
    const scheme = new DigestScheme(['user', 'password']);
    const first = outgoing();
    expect(challenge(scheme, first, 'Digest realm="r", nonce="n1", qop="auth"')).toBe(true);
    const request = first.again(2);
    scheme.apply(request);
    expect(paramsOf(request.header('authorization'))).toMatchObject({ nonce: 'n1', nc: '00000002' });
    expect(challenge(scheme, request, 'Digest realm="r", nonce="n2", qop="auth"')).toBe(true);
  });

  it('takes the first challenge that it knows', () => {
    const scheme = new DigestScheme(['user', 'password']);
    const request = outgoing();
    const offered = [
      'Basic realm="b", Digest realm="x", nonce="n0", algorithm=TIGER, qop="auth"',
      'Digest realm="y", nonce="n1", qop="token"',
      'Digest realm="z", nonce="n2", qop="auth", algorithm=SHA-256, Digest realm="z", nonce="n3", qop="auth"',
    ];
    expect(scheme.challenged(request, 401, { 'www-authenticate': offered })).toBe(true);
    expect(paramsOf(request.header('authorization'))).toMatchObject({ nonce: 'n2', algorithm: 'SHA-256' });
  });

  it.each([
    ['another status', 403, 'Digest realm="r", nonce="n"'],
    ['another scheme', 401, 'Basic realm="r"'],
    ['no nonce', 401, 'Digest realm="r"'],
  ])('answers nothing to %s', (_name, status, header) => {
    const request = outgoing();
    expect(new DigestScheme(['u', 'p']).challenged(request, status, { 'www-authenticate': header })).toBe(false);
    expect(request.header('authorization')).toBeNull();
  });

  it('keeps one cnonce as long as the key of a -sess algorithm is in use', () => {
    const scheme = new DigestScheme(['user', 'password']);
    const requests = [outgoing(), outgoing()] as const;
    challenge(scheme, requests[0], 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256-sess');
    scheme.apply(requests[1]);
    const [first, second] = requests.map((request) => paramsOf(request.header('authorization')));
    expect(second?.['cnonce']).toBe(first?.['cnonce']);
    expect(second?.['nc']).toBe('00000002');
  });

  it('hashes the body where the server insists on auth-int', () => {
    for (const opened of ['täxt', Buffer.from('täxt')]) {
      const scheme = new DigestScheme(['user', 'password']);
      const request = outgoing({ method: 'POST', body: bodyOf(() => opened) });
      expect(challenge(scheme, request, 'Digest realm="r", nonce="n", qop="auth-int"')).toBe(true);
      const params = paramsOf(request.header('authorization'));
      const ha2 = md5(`POST:/:${md5('täxt')}`);
      expect(params['response']).toBe(md5(`${md5('user:r:password')}:n:00000001:${params['cnonce']}:auth-int:${ha2}`));
    }
  });

  it('cannot answer auth-int for a stream, and leaves the 401 to the caller', () => {
    const opened: Readable[] = [];
    const stream = bodyOf(() => {
      opened.push(Readable.from(['x']));
      return opened.at(-1) as Readable;
    });
    for (const body of [stream, { ...stream, replayable: false }]) {
      const request = outgoing({ method: 'POST', body });
      const scheme = new DigestScheme(['user', 'password']);
      expect(challenge(scheme, request, 'Digest realm="r", nonce="n", qop="auth-int"')).toBe(false);
    }
    expect(opened.map((one) => one.destroyed)).toEqual([true]);
  });

  it('remembers 64 origins at most', () => {
    const scheme = new DigestScheme(['user', 'password']);
    for (let n = 0; n < 65; n++) {
      challenge(scheme, outgoing({ origin: `http://h${n}` }), 'Digest realm="r", nonce="n", qop="auth"');
    }
    const [oldest, newest] = ['http://h0', 'http://h64'].map((origin) => outgoing({ origin }));
    scheme.apply(oldest as OutgoingRequest);
    scheme.apply(newest as OutgoingRequest);
    expect(oldest?.header('authorization')).toBeNull();
    expect(newest?.header('authorization')).toContain('Digest');
  });
});

type Input = Partial<Parameters<typeof digestHeader>[1]> & { user: string; password: string };

function headerFor(challenge: string, input: Input): string {
  const [parsed] = parseChallenges(challenge);
  const known = parsed && digestChallenge(parsed);
  if (!known) throw new Error('The challenge is not known');
  const defaults = { method: 'GET', uri: '/dir/index.html', qop: 'auth', count: 1, cnonce: 'c', body: '' } as const;
  return digestHeader(known, { ...defaults, ...input });
}

function challenge(scheme: DigestScheme, request: OutgoingRequest, header: string): boolean {
  return scheme.challenged(request, 401, { 'www-authenticate': header });
}

// The syntax of credentials is that of a challenge.
function paramsOf(header: string | null): Record<string, string> {
  return Object.fromEntries(parseChallenges(header ?? undefined)[0]?.params ?? []);
}

function responseIsRight(request: OutgoingRequest): boolean {
  const { realm, nonce, nc, cnonce, uri, response } = paramsOf(request.header('authorization'));
  const ha1 = md5(`user:${realm}:password`);
  return response === md5(`${ha1}:${nonce}:${nc}:${cnonce}:auth:${md5(`${request.method}:${uri}`)}`);
}

function bodyOf(open: RequestBody['open']): RequestBody {
  return { contentType: null, byteLength: null, replayable: true, pumped: false, open };
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
