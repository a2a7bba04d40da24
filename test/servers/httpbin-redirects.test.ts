// Redirects and cookies at httpbin: within a host, to another name of it, and to another port.

import { expect } from 'vitest';
import type { HttpResponse } from '../../src/http-client/index.ts';
import { failureOf, inBothModes } from '../http-client/both-modes.ts';
import { inTurn } from './support/answers.ts';
import { startHttpbin } from './support/httpbin.ts';
import { serverSuite } from './support/server-suite.ts';

type Headers = { headers: Record<string, string> };

serverSuite('httpbin redirects', ['httpbin'], { httpbin: startHttpbin }, (servers) => {
  inBothModes('several times, by relative and absolute URLs', async (ask) => {
    const { url } = servers.httpbin;
    for (const kind of ['redirect', 'relative-redirect', 'absolute-redirect']) {
      const response = await ask((client) => client.get(`${url}/${kind}/3`));
      expect([response.status, response.url]).toEqual([200, `${url}/get`]);
      expect(response.history.map(({ status }) => status)).toEqual([302, 302, 302]);
    }
  });

  inBothModes('more often than is allowed', async (ask) => {
    const failure = await failureOf(ask((client) => client.get(`${servers.httpbin.url}/redirect/4`), { redirects: 3 }));
    expect(failure).toMatchObject({ code: 'GREEN_ERR_HTTP_TOO_MANY_REDIRECTS', limit: 3 });
    const all = await ask((client) => client.get(`${servers.httpbin.url}/redirect/4`), { redirects: 4 });
    expect(all.history.length).toBe(4);
  });

  inBothModes('to another host, which must not see the password', async (ask) => {
    const { url, localhostUrl, otherPortUrl } = servers.httpbin;
    const options = { auth: ['user', 'secret'] as const, headers: { 'x-test': 'kept' } };
    const redirectTo = (target: string) =>
      ask((client) => client.get(`${url}/redirect-to`, { params: { url: `${target}/headers` } }), options);
    const same = (await redirectTo(url)).json<Headers>();
    expect(same.headers['Authorization']).toMatch(/^Basic /);
    for (const target of [localhostUrl, otherPortUrl]) {
      const { headers } = (await redirectTo(target)).json<Headers>();
      expect(headers['Authorization']).toBe(undefined);
      expect(headers['X-Test']).toBe('kept');
      expect(headers['Host']).toBe(new URL(target).host);
    }
  });

  inBothModes('a header set by hand is not shown to another host either', async (ask) => {
    const { url, localhostUrl } = servers.httpbin;
    const call = {
      headers: { authorization: 'Bearer mine', cookie: 'a=1' },
      params: { url: `${localhostUrl}/headers` },
    };
    const { headers } = (await ask((client) => client.get(`${url}/redirect-to`, call))).json<Headers>();
    expect([headers['Authorization'], headers['Cookie']]).toEqual([undefined, undefined]);
  });

  inBothModes('a POST, whose body goes along only where it should', async (ask) => {
    const { url } = servers.httpbin;
    for (const [status, method] of [
      [301, 'GET'],
      [302, 'GET'],
      [303, 'GET'],
      [307, 'POST'],
      [308, 'POST'],
    ] as const) {
      const params = { url: `${url}/anything`, status_code: status };
      const response = await ask((client) => client.post(`${url}/redirect-to`, { params, json: { a: 1 } }));
      const echo = response.json<{ method: string; json: unknown } & Headers>();
      expect([status, echo.method, echo.json]).toEqual([status, method, method === 'POST' ? { a: 1 } : null]);
      if (method === 'GET') expect(echo.headers['Content-Type']).toBe(undefined);
    }
  });

  inBothModes('a stream that cannot be sent again', async (ask) => {
    const { url } = servers.httpbin;
    const params = { url: `${url}/anything`, status_code: 307 };
    function* chunks(): Generator<string> {
      yield 'once';
    }
    const failure = await failureOf(ask((client) => client.post(`${url}/redirect-to`, { params, body: chunks() })));
    expect(failure).toMatchObject({ code: 'GREEN_ERR_HTTP_BODY_NOT_REPLAYABLE' });
    const again = await ask((client) => client.post(`${url}/redirect-to`, { params, body: chunks }));
    expect(again.json()).toMatchObject({ data: 'once' });
  });

  inBothModes('with cookies, set and deleted on the way', async (ask) => {
    const { url, localhostUrl } = servers.httpbin;
    const set = await ask((client) => client.get(`${url}/cookies/set?a=1&b=2`), { cookies: true });
    expect(set.json()).toEqual({ cookies: { a: '1', b: '2' } });
    const paths = ['/cookies/set?a=1&b=2', '/cookies/delete?a=', '/cookies'];
    const responses = await ask<HttpResponse[]>(
      (client) => inTurn(client, ...paths.map((path) => () => client.get(url + path))),
      {
        cookies: true,
      },
    );
    expect(responses.map((response) => response.json())).toEqual([
      { cookies: { a: '1', b: '2' } },
      { cookies: { b: '2' } },
      { cookies: { b: '2' } },
    ]);
    const hosts = await ask<HttpResponse[]>(
      (client) =>
        inTurn(
          client,
          () => client.get(`${url}/cookies/set?a=1`),
          () => client.get(`${localhostUrl}/cookies`),
        ),
      { cookies: true },
    );
    expect(hosts[1]?.json()).toEqual({ cookies: {} });
    const none = await ask((client) => client.get(`${url}/cookies/set?a=1`), { cookies: false });
    expect(none.json()).toEqual({ cookies: {} });
    const own = await ask((client) => client.get(`${url}/cookies`, { cookies: { c: '3' } }));
    expect(own.json()).toEqual({ cookies: { c: '3' } });
  });
});
