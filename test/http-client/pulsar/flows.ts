// Calls of several requests: redirects, cookies, authentication.

import { expect } from 'vitest';

import { HttpTooManyRedirectsError } from '../../../src/http-client/index.ts';
import { failureOf } from '../both-modes.ts';
import type { Echo } from './httpbin.ts';
import type { Declare } from './visits.ts';

export function flows(it: Declare): void {
  for (const times of [1, 6]) {
    it(`follows redirects: ${times}`, async ({ site, open }) => {
      const response = await open().ask((client) => client.get(`redirect/${times}`));
      expect([response.status, response.url, response.redirected]).toEqual([200, `${site.url}/echo`, true]);
      expect(response.history.map(({ status, url }) => [status, url])).toEqual(
        Array.from({ length: times }, (_, at) => [302, `${site.url}/redirect/${times - at}`]),
      );
      expect(response.history[0]?.text()).toBe('elsewhere');
    });
  }

  it('stops at too many redirects', async ({ site, open }) => {
    const error = await failureOf(open().ask((client) => client.get('redirect/5', { redirects: 2 })));
    expect(error).toBeInstanceOf(HttpTooManyRedirectsError);
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TOO_MANY_REDIRECTS', limit: 2 });
    const { history } = error as unknown as HttpTooManyRedirectsError;
    expect(history.map(({ url }) => url)).toEqual([5, 4, 3].map((left) => `${site.url}/redirect/${left}`));
  });

  it('sends the cookies of a request, and keeps them not', async ({ open }) => {
    const session = open({ cookies: true });
    const cookies = { sessionid: 't1', cookies_are: 'working' };
    expect((await session.ask((client) => client.get('cookies', { cookies }))).json()).toEqual(cookies);
    expect((await session.ask((client) => client.get('cookies'))).json()).toEqual({});
  });

  it('keeps the cookie that a redirect sets', async ({ open }) => {
    const session = open({ cookies: true });
    const response = await session.ask((client) => client.get('cookies/set/bla/foo'));
    expect(response.history[0]?.cookies).toEqual({ bla: 'foo' });
    expect(response.json()).toEqual({ bla: 'foo' });
    expect((await session.ask((client) => client.get('cookies'))).json()).toEqual({ bla: 'foo' });
  });

  it('keeps no cookie unless told', async ({ open }) => {
    const session = open();
    const response = await session.ask((client) => client.get('cookies/set/bla/foo'));
    expect([response.history[0]?.cookies, response.json()]).toEqual([{ bla: 'foo' }, {}]);
    expect((await session.ask((client) => client.get('cookies'))).json()).toEqual({});
  });

  it('logs in by a redirect with a session cookie, to the page that it came from', async ({ site, open }) => {
    const response = await open({ cookies: true }).ask((client) => client.get('account'));
    expect([response.url, response.text()]).toEqual([`${site.url}/account`, 'welcome']);
    expect(response.history.map(({ url }) => url)).toEqual([`${site.url}/account`, `${site.url}/login`]);
    const error = await failureOf(open().ask((client) => client.get('account')));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TOO_MANY_REDIRECTS' }); // in a circle without the cookie
  });

  it('authenticates by basic', async ({ open }) => {
    const session = open();
    const refused = await session.ask((client) => client.get('basic-auth/bla/foo'));
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="httpbin"']);
    const status = async (password: string) =>
      (await session.ask((client) => client.get('basic-auth/bla/foo', { auth: ['bla', password] }))).status;
    expect([await status('foo'), await status('wrong')]).toEqual([200, 401]);
  });

  it('authenticates by digest', async ({ open }) => {
    const session = open({ auth: { digest: ['luca', 'bla'] } });
    expect((await session.ask((client) => client.get('digest-auth/luca/bla', { auth: null }))).status).toBe(401);
    const challenged = await session.ask((client) => client.get('digest-auth/luca/bla'));
    expect([challenged.status, challenged.text(), challenged.redirected]).toEqual([200, 'come in, luca', false]);
    expect(challenged.history.map(({ status }) => status)).toEqual([401]);
    const known = await session.ask((client) => client.get('digest-auth/luca/bla?a=b'));
    expect([known.status, known.history]).toEqual([200, []]);
    expect((await session.ask((client) => client.post('digest-auth/luca/bla', { json: {} }))).status).toBe(200);
  });

  it('does not count a challenge as a redirect', async ({ open }) => {
    const session = open({ auth: { digest: ['luca', 'bla'] }, redirects: 1 });
    const response = await session.ask((client) => client.get('digest-auth/luca/bla/plaintext'));
    expect([response.text(), response.redirected]).toEqual(['Hello, World!', true]);
    expect(response.history.map(({ status }) => status)).toEqual([401, 302]);
  });

  it('gives 401 to a digest of the wrong password', async ({ open }) => {
    const auth = { digest: ['luca', 'foo'] } as const;
    const response = await open().ask((client) => client.get('digest-auth/luca/bla', { auth }));
    expect([response.status, response.text()]).toEqual([401, 'who are you?']);
  });

  it('lets a function authenticate: OAuth, for instance', async ({ site, open }) => {
    const session = open({
      auth: (request) => request.setHeader('authorization', `OAuth ${request.method} ${request.url}`),
    });
    const response = await session.ask((client) => client.post('echo'));
    expect(response.json<Echo>().headers.authorization).toBe(`OAuth POST ${site.url}/echo`);
  });
}
