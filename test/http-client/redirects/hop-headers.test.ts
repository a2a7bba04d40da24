import { describe, expect, it } from 'vitest';

import { hopHeaders } from '../../../src/http-client/redirects/hop-headers.ts';
import { nextHop } from '../../../src/http-client/redirects/next-hop.ts';
import { mergeHeaders } from '../../../src/http-client/request-headers.ts';

const ALL = mergeHeaders(new Map(), {
  accept: '*/*',
  Authorization: 'Basic x',
  cookie: 'a=1',
  'proxy-authorization': 'Basic y',
  host: 'other.example',
  'content-type': 'text/plain',
  'content-encoding': 'gzip',
  'x-own': '1',
});

function namesAfter(status: number, location: string, method = 'POST'): string[] {
  const request = { method, origin: 'http://a.example', path: '/', hasBody: true };
  const hop = nextHop(request, status, location, { ...request, elapsed: 1, attempt: 1 });
  if (hop === null) throw new Error('Not a redirect');
  return [...hopHeaders(ALL, hop).keys()];
}

const SECRETS = ['authorization', 'cookie', 'proxy-authorization'];
const CONTENT = ['content-type', 'content-encoding'];

describe('hopHeaders()', () => {
  it('keeps everything on the same origin with the body', () => {
    expect(namesAfter(307, '/to')).toEqual([...ALL.keys()]);
  });

  it('drops what describes the body with the body', () => {
    const left = namesAfter(303, '/to');
    for (const name of CONTENT) expect(left).not.toContain(name);
    for (const name of [...SECRETS, 'host', 'accept', 'x-own']) expect(left).toContain(name);
  });

  it.each(['http://b.example/', 'http://a.example:81/'])('drops credentials and host on the way to %s', (location) => {
    expect(namesAfter(307, location)).toEqual(['accept', ...CONTENT, 'x-own']);
  });

  it('keeps credentials, but not host, from http to https of one host', () => {
    expect(namesAfter(307, 'https://a.example/')).toEqual(['accept', ...SECRETS, ...CONTENT, 'x-own']);
  });

  it('gives the very map where nothing has to go', () => {
    const request = { method: 'GET', origin: 'http://a.example', path: '/', hasBody: false };
    const hop = nextHop(request, 302, 'http://b.example/', { ...request, elapsed: 1, attempt: 1 });
    const headers = mergeHeaders(new Map(), { accept: '*/*' });
    expect(hop && hopHeaders(headers, hop)).toBe(headers);
  });
});
