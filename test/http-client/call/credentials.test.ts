// Where user names, passwords, tokens and cookies go, and where they do not.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CookieJar } from 'tough-cookie';
import { describe, expect, onTestFinished } from 'vitest';

import { startServer } from '../servers.ts';
import { inEachMode } from './modes.ts';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

/** Answers with the request's authorization and cookie headers. */
async function startGuard() {
  const { url } = await startServer(({ headers }, response) => {
    response.end(JSON.stringify([headers.authorization ?? null, headers.cookie ?? null]));
  });
  return { url, withUser: url.replace('http://', 'http://us%40er:p%3Aass@') };
}

describe('authorization', () => {
  inEachMode('comes from the first that has it: header, auth, URL', async ({ newClient, call }) => {
    const { url, withUser } = await startGuard();
    const authorization = 'Bearer header';
    const sent = async (target: string, options: object, clientOptions: object = {}) =>
      (await call(() => newClient(clientOptions).get(target, options))).json<[string, string]>()[0];
    expect(await sent(withUser, { auth: ['a', 'b'], headers: { authorization } })).toBe(authorization);
    expect(await sent(withUser, { auth: ['a', 'b'] }, { auth: ['c', 'd'] })).toBe(basic('a:b'));
    expect(await sent(withUser, {}, { auth: ['c', 'd'] })).toBe(basic('c:d'));
    expect(await sent(withUser, {})).toBe(basic('us@er:p:ass'));
    expect(await sent('/x', {}, { baseUrl: withUser })).toBe(basic('us@er:p:ass'));
    expect(await sent(url, {}, { auth: { bearer: () => 'token' } })).toBe('Bearer token');
    expect(await sent(url, { auth: null }, { auth: ['c', 'd'] })).toBe(null);
    expect(await sent(url, {})).toBe(null);
  });

  inEachMode('in a URL is in no response and in no request', async ({ newClient, call }) => {
    const { url, withUser } = await startGuard();
    const seen: string[] = [];
    const beforeRequest = (request: { url: string }): void => void seen.push(request.url);
    const response = await call(() => newClient({ hooks: { beforeRequest } }).get(`${withUser}/x`));
    expect([response.url, response.request.url, ...seen]).toEqual(Array(3).fill(`${url}/x`));
  });

  inEachMode('of a client stays with the host of its baseUrl', async ({ newClient, call }) => {
    const home = await startGuard();
    const away = await startGuard();
    const clients = [
      newClient({ baseUrl: home.url, auth: ['a', 'b'] }),
      newClient({ baseUrl: home.url, headers: { Authorization: basic('a:b') } }),
      newClient({ baseUrl: home.withUser.replace('us%40er:p%3Aass', 'a:b') }),
    ];
    for (const client of clients) {
      expect((await call(() => client.get('/x'))).json()).toEqual([basic('a:b'), null]);
      expect((await call(() => client.get(`${home.url}/x`))).json()).toEqual(
        client === clients[2] ? [null, null] : [basic('a:b'), null],
      );
      expect((await call(() => client.get(`${away.url}/x`))).json()).toEqual([null, null]);
      expect((await call(() => client.get(away.url, { auth: ['x', 'y'] }))).json()).toEqual([basic('x:y'), null]);
    }
    const cookie = newClient({ baseUrl: home.url, headers: { cookie: 'a=1' } });
    expect((await call(() => cookie.get('/x'))).json()).toEqual([null, 'a=1']);
    expect((await call(() => cookie.get(away.url))).json()).toEqual([null, null]);
  });

  inEachMode('comes from netrc last of all, for each host by itself', async ({ newClient, call }) => {
    const folder = mkdtempSync(join(tmpdir(), 'greenroom-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const netrc = join(folder, 'netrc');
    writeFileSync(netrc, 'machine 127.0.0.1 login me password secret\n');
    const { url, withUser } = await startGuard();
    const client = newClient({ netrc });
    const sent = async (target: string, options: object = {}) =>
      (await call(() => client.get(target, options))).json<[string, string]>()[0];
    expect(await sent(url)).toBe(basic('me:secret'));
    expect(await sent(url.replace('127.0.0.1', 'localhost'))).toBe(null);
    expect(await sent(withUser)).toBe(basic('us@er:p:ass'));
    expect(await sent(url, { auth: ['a', 'b'] })).toBe(basic('a:b'));
    expect(await sent(url, { auth: null })).toBe(null);
    const from = await startServer((_, response) => response.writeHead(302, { location: url }).end());
    expect(await sent(from.url.replace('127.0.0.1', 'localhost'))).toBe(basic('me:secret'));
  });
});

describe('cookies', () => {
  inEachMode('are kept in a jar of the client, which nobody else has', async ({ newClient, call }) => {
    const { url } = await startServer((request, response) => {
      if (request.url === '/set') response.setHeader('set-cookie', ['a=1', 'b=2; Path=/set']);
      response.end(request.headers.cookie ?? 'none');
    });
    const client = newClient({ cookies: true });
    await call(() => client.get(`${url}/set`));
    expect((await call(() => client.get(url))).text()).toBe('a=1');
    expect((await call(() => client.get(url, { cookies: { c: '3' } }))).text()).toBe('a=1; c=3');
    expect((await call(() => client.get(url, { headers: { cookie: 'own=1' } }))).text()).toBe('own=1');
    expect((await call(() => client.get(url))).text()).toBe('a=1');
    expect((await call(() => newClient({ cookies: true }).get(url))).text()).toBe('none');
  });

  inEachMode('are kept in the jar that is given', async ({ newClient, call }) => {
    const { url } = await startServer((request, response) => {
      response.setHeader('set-cookie', 'b=2').end(request.headers.cookie);
    });
    const jar = new CookieJar();
    jar.setCookieSync('a=1', url);
    expect((await call(() => newClient({ cookies: jar }).get(url))).text()).toBe('a=1');
    expect(jar.getCookieStringSync(url)).toBe('a=1; b=2');
  });

  inEachMode('are kept from streamed and from failed responses, too', async ({ newClient, call }) => {
    const { url } = await startServer((request, response) => {
      response.statusCode = 500;
      response.setHeader('set-cookie', `${request.url?.slice(1)}=1; Path=/`).end(request.headers.cookie);
    });
    const client = newClient({ cookies: true });
    (await call(() => client.get(`${url}/a`, { stream: true }))).close();
    await call(() => client.get(`${url}/b`, { throwOnError: true })).catch(() => {});
    expect((await call(() => client.get(`${url}/c`))).text()).toBe('a=1; b=1');
  });
});
