import { describe, expect, it } from 'vitest';
import { HttpClient } from '../../../src/http-client/index.ts';
import { type Hop, nextHop, type RedirectedRequest } from '../../../src/http-client/redirects/next-hop.ts';
import { startFaultServer } from '../servers.ts';

const DETAILS = { method: 'GET', origin: 'http://a.example', path: '/', elapsed: 1, attempt: 1 };

function hop(status: number, location: string | null, request: Partial<RedirectedRequest> = {}): Hop | null {
  const from = { method: 'GET', origin: 'http://a.example', path: '/x/y?z=1', hasBody: false, ...request };
  return nextHop(from, status, location, DETAILS);
}

function target(location: string, request?: Partial<RedirectedRequest>): string | undefined {
  return hop(302, location, request)?.url.href;
}

describe('nextHop()', () => {
  it.each([
    [301, 'GET', 'GET', false],
    [301, 'HEAD', 'HEAD', false],
    [301, 'POST', 'GET', false],
    [301, 'PUT', 'PUT', true],
    [302, 'POST', 'GET', false],
    [302, 'PATCH', 'PATCH', true],
    [302, 'DELETE', 'DELETE', true],
    [303, 'POST', 'GET', false],
    [303, 'PUT', 'GET', false],
    [303, 'HEAD', 'HEAD', false],
    [303, 'GET', 'GET', false],
    [307, 'POST', 'POST', true],
    [307, 'GET', 'GET', true],
    [308, 'POST', 'POST', true],
    [308, 'PUT', 'PUT', true],
  ])('after %i a %s becomes a %s', (status, method, expected, keepBody) => {
    const next = hop(status, '/to', { method, hasBody: method !== 'GET' && method !== 'HEAD' });
    expect(next?.method).toBe(expected);
    expect(next?.keepBody).toBe(keepBody && method !== 'GET' && method !== 'HEAD');
  });

  it.each([200, 201, 204, 300, 304, 305, 306, 309, 400, 404])('does not follow %i', (status) => {
    expect(hop(status, '/to')).toBeNull();
  });

  it('does not follow a redirect without Location', () => {
    expect(hop(302, null)).toBeNull();
    expect(hop(302, '')).toBeNull();
  });

  it('resolves Location against the request', () => {
    expect(target('/to')).toBe('http://a.example/to');
    expect(target('to')).toBe('http://a.example/x/to');
    expect(target('?q=2')).toBe('http://a.example/x/y?q=2');
    expect(target('//b.example/to')).toBe('http://b.example/to');
    expect(target('../../../to')).toBe('http://a.example/to');
    expect(target('HTTPS://B.example')).toBe('https://b.example/');
  });

  it('inherits the fragment, unless Location has one', () => {
    expect(target('/to', { fragment: '#here' })).toBe('http://a.example/to#here');
    expect(target('/to#there', { fragment: '#here' })).toBe('http://a.example/to#there');
  });

  it('reads UTF-8 in Location, and what is not UTF-8 as latin1', () => {
    const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
    expect(target(bytes('/straße?q=日本'))).toBe('http://a.example/stra%C3%9Fe?q=%E6%97%A5%E6%9C%AC');
    expect(target('/stra\xdfe')).toBe('http://a.example/stra%C3%9Fe');
    expect(target('/stra%DFe')).toBe('http://a.example/stra%DFe');
  });

  it('reads it so as undici gives it', async () => {
    const server = await startFaultServer((socket) =>
      socket.end('HTTP/1.1 302 Found\r\nLocation: /straße\r\nContent-Length: 0\r\nConnection: close\r\n\r\n', 'utf8'),
    );
    await using client = new HttpClient();
    const response = await client.get(server.url, { redirects: false });
    expect(target(response.headers.get('location') as string)).toBe('http://a.example/stra%C3%9Fe');
  });

  it('drops user name and password', () => {
    expect(target('http://user:password@b.example/')).toBe('http://b.example/');
  });

  it.each(['ftp://b.example/', 'file:///etc/passwd', 'javascript:alert(1)', 'data:,x', 'http://', 'http://b example/'])(
    'refuses %s without showing it',
    (location) => {
      expect(() => hop(302, location)).toThrow(
        expect.objectContaining({
          code: 'GREEN_ERR_HTTP_REDIRECT',
          status: 302,
          message: 'The GET request was redirected (302) to what is no http: or https: URL.',
        }),
      );
    },
  );

  it.each<[string, string, boolean, boolean]>([
    ['http://a.example', 'http://a.example:80/', true, true],
    ['http://a.example', 'https://a.example/', false, true],
    ['http://a.example', 'https://a.example:8443/', false, false],
    ['http://a.example:8080', 'https://a.example/', false, false],
    ['https://a.example', 'http://a.example/', false, false],
    ['http://a.example', 'http://a.example:81/', false, false],
    ['http://a.example', 'http://b.a.example/', false, false],
    ['http://a.example', 'https://b.example/', false, false],
  ])('from %s to %s: same origin %s, credentials %s', (origin, location, sameOrigin, keepCredentials) => {
    expect(hop(302, location, { origin })).toMatchObject({ sameOrigin, keepCredentials });
  });
});
