// What is asked for: methods, query, headers.

import { expect } from 'vitest';

import type { HttpRequest } from '../../../src/http-client/index.ts';
import { failureOf } from '../both-modes.ts';
import type { Echo } from './httpbin.ts';
import type { Declare } from './visits.ts';

export function requests(it: Declare): void {
  it('gets a page, again and again', async ({ site, open }) => {
    const session = open();
    for (let time = 0; time < 2; time++) {
      const response = await session.ask((client) => client.get(''));
      expect([response.status, response.statusText, response.ok]).toEqual([200, 'OK', true]);
      expect([response.url, response.contentType]).toEqual([`${site.url}/`, 'text/html']);
      expect(response.bytes()).toHaveLength(Number(response.headers.get('content-length')));
      expect(response.text()).toContain('httpbin');
    }
  });

  it('gets headers without a body by HEAD', async ({ open }) => {
    const response = await open().ask((client) => client.head(''));
    expect([response.status, response.headers.get('content-type'), response.text()]).toEqual([
      200,
      'text/html; charset=utf-8',
      '',
    ]);
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(0);
  });

  it('sends params, lists and those of the URL', async ({ site, open }) => {
    const session = open();
    const params = { key1: ['value1'], key2: ['value2', 'value3'], page: 2 };
    const response = await session.ask((client) => client.get('echo?k=6', { params }));
    const query = 'k=6&key1=value1&key2=value2&key2=value3&page=2';
    expect(response.url).toBe(`${site.url}/echo?${query}`);
    expect(response.json<Echo>().args).toEqual({ k: ['6'], key1: ['value1'], key2: ['value2', 'value3'], page: ['2'] });
    expect((await session.ask((client) => client.get('echo?k'))).json<Echo>().url).toBe('/echo?k');
  });

  it('sends every method', async ({ open }) => {
    const session = open();
    const form = [
      ['bla', 'foo'],
      ['numero', '1'],
      ['numero', '2'],
    ] as const;
    for (const method of ['post', 'put', 'patch'] as const) {
      const echo = (await session.ask((client) => client[method]('echo', { form }))).json<Echo>();
      expect(echo).toMatchObject({ method: method.toUpperCase(), form: { bla: ['foo'], numero: ['1', '2'] } });
    }
    const params = { bla: 'foo', numero: ['1', '2'] };
    const deleted = (await session.ask((client) => client.delete('echo', { params }))).json<Echo>();
    expect(deleted).toMatchObject({ method: 'DELETE', args: { bla: ['foo'], numero: ['1', '2'] } });
    expect((await session.ask((client) => client.options('echo'))).json<Echo>().method).toBe('OPTIONS');
  });

  it("sends default headers, the client's over them, and the request's over those", async ({ open }) => {
    const session = open({ headers: { Accept: 'application/json, text/plain; q=0.8', 'x-a': 'client' } });
    const { headers } = (await session.ask((client) => client.get('echo', { headers: { 'X-A': 'own' } }))).json<Echo>();
    expect(headers).toMatchObject({ accept: 'application/json, text/plain; q=0.8', 'x-a': 'own' });
    expect(headers['user-agent']).toBe('greenroom');
    expect(headers['accept-encoding']).toContain('gzip');
  });

  it('shows a hook the request, and the response which one it answers', async ({ site, open }) => {
    const seen: HttpRequest[] = [];
    const hooks = { beforeRequest: (request: HttpRequest) => void seen.push(request) };
    const response = await open().ask((client) => client.get('plaintext', { hooks }));
    expect(seen.map(({ method, url }) => [method, url])).toEqual([['GET', `${site.url}/plaintext`]]);
    expect([seen[0]?.header('User-Agent'), seen[0]?.header('foo')]).toEqual(['greenroom', null]);
    expect(response.request).toEqual({ method: 'GET', url: `${site.url}/plaintext` });
  });

  it('sends a Host header whatever the caller does, and the one of the caller', async ({ site, open }) => {
    // Over TLS the caller's host would also be asked for in the handshake.
    const { tls } = site.options;
    const session = open(tls === undefined ? {} : { tls: { ...tls, servername: 'localhost' } });
    const sent = async (host: string | null) =>
      (await session.ask((client) => client.get('echo', { headers: { host } }))).json<Echo>().headers.host;
    expect(await sent('fakehost')).toBe('fakehost');
    expect(await sent(null)).toBe(new URL(site.url).host);
  });

  it('refuses to wait for 100 Continue, before anything is sent; 417 is a status like others', async ({ open }) => {
    const session = open();
    const headers = { expect: '100-continue' };
    const refused = await failureOf(session.ask((client) => client.post('echo', { body: 'a', headers })));
    expect(refused).toMatchObject({ code: 'GREEN_ERR_OPT_INVALID' });
    expect(session.client.stats().connections.connectionsMade).toBe(0);
    expect((await session.ask((client) => client.post('status/417', { body: 'a' }))).status).toBe(417);
  });
}
