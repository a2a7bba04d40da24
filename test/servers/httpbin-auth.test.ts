// Authentication at httpbin: basic, bearer, and digest in all the ways it can ask for.

import { expect } from 'vitest';

import { failureOf, inBothModes } from '../http-client/both-modes.ts';
import { follow, inTurn } from './support/answers.ts';
import { startHttpbin } from './support/httpbin.ts';
import { serverSuite } from './support/server-suite.ts';

const ACCOUNT = ['user', 'secret'] as const;

serverSuite('httpbin asks for', ['httpbin'], { httpbin: startHttpbin }, (servers) => {
  inBothModes('basic authentication, also where it does not say so', async (ask) => {
    const baseUrl = servers.httpbin.url;
    const right = await ask((client) => client.get('/basic-auth/user/secret', { auth: ACCOUNT }), { baseUrl });
    expect(right.json()).toMatchObject({ authenticated: true, user: 'user' });
    const wrong = await ask((client) => client.get('/basic-auth/user/secret', { auth: ['user', 'no'] }), { baseUrl });
    expect(wrong.status).toBe(401);
    expect((await ask((client) => client.get('/hidden-basic-auth/user/secret'), { baseUrl })).status).toBe(404);
    const hidden = await ask((client) => client.get('/hidden-basic-auth/user/secret'), { baseUrl, auth: ACCOUNT });
    expect(hidden.status).toBe(200);
  });

  inBothModes('a bearer token', async (ask) => {
    const url = `${servers.httpbin.url}/bearer`;
    expect((await ask((client) => client.get(url))).status).toBe(401);
    for (const bearer of ['t0ken', () => 't0ken', () => Promise.resolve('t0ken')]) {
      const response = await ask((client) => client.get(url, { auth: { bearer } }));
      expect(response.json()).toEqual({ authenticated: true, token: 't0ken' });
    }
  });

  inBothModes('what a function sets', async (ask) => {
    const auth = (request: { setHeader(name: string, value: string): void }): void =>
      request.setHeader('authorization', 'Bearer mine');
    const response = await ask((client) => client.get(`${servers.httpbin.url}/bearer`), { auth });
    expect(response.json()).toMatchObject({ token: 'mine' });
  });

  inBothModes('a digest, of every algorithm and quality', async (ask) => {
    const auth = { digest: ACCOUNT };
    for (const qop of ['auth', 'auth-int', 'none']) {
      for (const algorithm of ['MD5', 'SHA-256']) {
        const url = `${servers.httpbin.url}/digest-auth/${qop}/user/secret/${algorithm}`;
        const response = await ask((client) => client.get(url), { auth });
        expect([qop, algorithm, response.status]).toEqual([qop, algorithm, 200]);
        expect(response.json()).toEqual({ authenticated: true, user: 'user' });
        const wrong = await ask((client) => client.get(url), { auth: { digest: ['user', 'no'] } });
        expect(wrong.status).toBe(401);
      }
    }
  });

  inBothModes('a digest with its cookies, and a new one when the old is stale', async (ask) => {
    const url = `${servers.httpbin.url}/digest-auth/auth/user/secret/MD5/1`; // httpbin's digest cannot do with a query;
    const statuses = await ask<number[]>(
      (client) =>
        follow(inTurn(client, ...[1, 2, 3].map(() => () => client.get(url))), (all) => all.map((one) => one.status)),
      { auth: { digest: ACCOUNT }, cookies: true },
    );
    expect(statuses).toEqual([200, 200, 200]);
  });

  inBothModes('a status to be raised', async (ask) => {
    const url = `${servers.httpbin.url}/basic-auth/user/secret`;
    const failure = await failureOf(
      ask((client) => follow(client.get(url, { auth: ['user', 'wr0ng'] }), (response) => response.raiseForStatus())),
    );
    expect(failure).toMatchObject({ code: 'GREEN_ERR_HTTP_STATUS', status: 401 });
    expect(JSON.stringify(failure) + failure.message + failure.stack).not.toContain('wr0ng');
  });
});
