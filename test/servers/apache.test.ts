// Apache's digest authentication: MD5, qop=auth, a nonce for each challenge.

import { expect } from 'vitest';
import type { HttpResponse } from '../../src/http-client/index.ts';
import { inBothModes } from '../http-client/both-modes.ts';
import { CREDENTIALS, USER } from './support/account.ts';
import { inTurn } from './support/answers.ts';
import { startApache } from './support/apache.ts';
import { HELLO } from './support/htdocs.ts';
import { serverSuite } from './support/server-suite.ts';

serverSuite('Apache', ['apache'], { apache: startApache }, (servers) => {
  inBothModes('lets in who knows the password', async (ask) => {
    const url = `${servers.apache.url}/digest/hello.txt`;
    expect((await ask((client) => client.get(url))).status).toBe(401);
    expect((await ask((client) => client.get(url), { auth: CREDENTIALS })).status).toBe(401); // basic
    const wrong = await ask((client) => client.get(url), { auth: { digest: [USER, 'wrong'] } });
    expect(wrong.status).toBe(401);
    const right = await ask((client) => client.get(url), { auth: { digest: CREDENTIALS } });
    expect(right.text()).toBe(HELLO);
  });

  inBothModes('is given the same nonce again', async (ask) => {
    const { url } = servers.apache;
    const paths = ['/digest/hello.txt', '/digest/text.txt?a=1&b=%20', '/digest/hello.txt'];
    const responses = await ask<HttpResponse[]>(
      (client) => inTurn(client, ...paths.map((path) => () => client.get(url + path))),
      {
        auth: { digest: CREDENTIALS },
      },
    );
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  inBothModes('asks behind a redirect, and for a body', async (ask) => {
    const { url } = servers.apache;
    const auth = { digest: CREDENTIALS };
    expect((await ask((client) => client.get(`${url}/to-digest`), { auth })).text()).toBe(HELLO);
    const post = await ask((client) => client.post(`${url}/digest/hello.txt`, { form: { a: 1 } }), { auth });
    expect(post.text()).toBe(HELLO); // Apache takes it for a GET
  });
});
