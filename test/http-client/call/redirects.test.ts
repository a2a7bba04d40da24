import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';

import type { HttpRequest, HttpResponse } from '../../../src/http-client/index.ts';
import { run, wait } from '../../../src/pool/index.ts';
import { failureOf } from '../both-modes.ts';
import { deferred, readAll, startServer } from '../servers.ts';
import { inEachMode, newGreenClient } from './modes.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Notes every request, and lets `answer` answer it. */
async function startSite(answer: (request: Seen, response: ServerResponse) => void) {
  const seen: Seen[] = [];
  const { url } = await startServer(async (request, response) => {
    const { method, url, headers } = request;
    const one = { method, url, headers, body: (await readAll(request)).toString() };
    seen.push(one);
    answer(one, response);
  });
  return { url, seen };
}

/** Redirects /from to `location`, and answers everything else. */
function startRedirect(status: number, location: string) {
  return startSite((request, response) => {
    if (request.url === '/from') response.writeHead(status, { location }).end();
    else response.end('here');
  });
}

describe('a redirect', () => {
  inEachMode('is followed, even if its own body cannot be decoded', async ({ newClient, call }) => {
    const { url } = await startSite((request, response) => {
      if (request.url === '/to') response.end('here');
      else response.writeHead(302, { location: '/to', 'content-encoding': 'gzip' }).end('no gzip');
    });
    const response = await call(() => newClient().get(`${url}/from`));
    expect(response.text()).toBe('here');
    expect(response.history[0]?.text()).toBe('no gzip');
  });

  inEachMode('is followed, and all responses on the way are kept', async ({ newClient, call }) => {
    const { url } = await startSite((request, response) => {
      const hops = Number(request.url?.slice(1));
      if (hops === 0) response.end('the end');
      else response.writeHead(302, { location: `/${hops - 1}`, 'x-hop': hops }).end(`hop ${hops}`);
    });
    const response = await call(() => newClient().get(`${url}/3`));
    expect([response.status, response.text(), response.url]).toEqual([200, 'the end', `${url}/0`]);
    expect(response.redirected).toBe(true);
    expect(
      response.history.map((hop) => [hop.status, hop.url, hop.headers.get('x-hop'), hop.text(), hop.history.length]),
    ).toEqual([
      [302, `${url}/3`, '3', 'hop 3', 0],
      [302, `${url}/2`, '2', 'hop 2', 1],
      [302, `${url}/1`, '1', 'hop 1', 2],
    ]);
  });

  inEachMode('is followed as often as the limit says, and no further', async ({ newClient, call }) => {
    const { url, seen } = await startSite((request, response) => {
      response.writeHead(301, { location: `/?${Number(request.url?.slice(2)) + 1}` }).end('on and on');
    });
    const error = await failureOf(call(() => newClient({ redirects: 2 }).get(`${url}/?0`)));
    expect(error).toMatchObject({
      code: 'GREEN_ERR_HTTP_TOO_MANY_REDIRECTS',
      limit: 2,
      statusCode: 502,
      method: 'GET',
    });
    const history = error['history'] as HttpResponse[];
    expect(history.map((hop) => hop.text())).toEqual(['on and on', 'on and on', 'on and on']);
    expect(seen.length).toBe(3);
    const most = await failureOf(call(() => newClient().get(`${url}/?0`)));
    expect(most).toMatchObject({ limit: 10 });
  });

  inEachMode('in a circle ends at the limit', async ({ newClient, call }) => {
    const { url, seen } = await startRedirect(307, '/from');
    const error = await failureOf(call(() => newClient().get(`${url}/from`, { redirects: 4 })));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_TOO_MANY_REDIRECTS', limit: 4 });
    expect(seen.length).toBe(5);
  });

  inEachMode('is the response itself where it leads nowhere', async ({ newClient, call }) => {
    const { url } = await startSite((request, response) => {
      const [status, location] = JSON.parse(decodeURIComponent(request.url?.slice(1) ?? ''));
      response.writeHead(status, location === null ? {} : { location }).end('stays');
    });
    const client = newClient();
    for (const answer of [
      [302, null],
      [300, '/elsewhere'],
      [304, '/elsewhere'],
    ]) {
      const response = await call(() => client.get(`${url}/${encodeURIComponent(JSON.stringify(answer))}`));
      expect([response.status, response.history, response.redirected]).toEqual([answer[0], [], false]);
    }
    for (const redirects of [false, 0] as const) {
      const target = `${url}/${encodeURIComponent('[302,"/elsewhere"]')}`;
      const response = await call(() => client.get(target, { redirects }));
      expect([response.status, response.text()]).toEqual([302, 'stays']);
    }
  });

  inEachMode('to what is not HTTP fails, and does not show where', async ({ newClient, call }) => {
    for (const location of ['ftp://secret.example/', 'file:///secret', 'javascript:secret', 'http://se cret/']) {
      const { url } = await startRedirect(302, location);
      const error = await failureOf(call(() => newClient().get(`${url}/from`)));
      expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_REDIRECT', status: 302, statusCode: 502 });
      expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('secret');
    }
  });

  inEachMode('may be relative, absolute, without a scheme, or in UTF-8', async ({ newClient, call }) => {
    for (const [location, path] of [
      ['b?c=d', '/a/b?c=d'],
      ['../b', '/b'],
      ['?q', '/a/?q'],
      ['HOST/abs', '/abs'],
      ['//AUTHORITY/x', '/x'],
      ['/grö%C3%9Fe', '/gr%C3%B6%C3%9Fe'],
      ['/b#fragment', '/b'],
    ] as const) {
      const { url } = await startSite((request, response) => {
        const to = location.replace('HOST', url).replace('AUTHORITY', url.slice('http://'.length));
        const utf8 = Buffer.from(to).toString('latin1'); // what node:http writes byte by byte
        if (request.url === '/a/') response.writeHead(302, { location: utf8 }).end();
        else response.end(request.url);
      });
      expect((await call(() => newClient().get(`${url}/a/`))).text()).toBe(path);
    }
  });

  inEachMode('is followed when the response is streamed', async ({ newClient, call }) => {
    const { url } = await startSite((request, response) => {
      if (request.url === '/from') response.writeHead(302, { location: '/to' }).end('x'.repeat(300_000));
      else response.end('the stream');
    });
    const response = await call(() => newClient().get(`${url}/from`, { stream: true }));
    expect(response.history.map(({ status }) => status)).toEqual([302]);
    expect(await response.body.toArray()).toEqual([Buffer.from('the stream')]);
  });
});

describe('the method and the body of a redirected request', () => {
  const cases: [status: number, method: string, next: string, bodyKept: boolean][] = [
    [301, 'POST', 'GET', false],
    [302, 'POST', 'GET', false],
    [303, 'POST', 'GET', false],
    [307, 'POST', 'POST', true],
    [308, 'POST', 'POST', true],
    [301, 'PUT', 'PUT', true],
    [302, 'DELETE', 'DELETE', true],
    [303, 'PUT', 'GET', false],
    [303, 'HEAD', 'HEAD', false],
    [302, 'HEAD', 'HEAD', false],
  ];
  for (const [status, method, next, bodyKept] of cases) {
    inEachMode(`after ${status}: ${method} becomes ${next}`, async ({ newClient, call }) => {
      const { url, seen } = await startRedirect(status, '/to');
      const form = method === 'HEAD' ? {} : { form: { a: '1' } };
      await call(() => newClient().request(method, `${url}/from`, form));
      expect(seen.map((one) => one.method)).toEqual([method, next]);
      expect(seen[1]?.body).toBe(bodyKept ? 'a=1' : '');
      expect(seen[1]?.headers['content-type']).toBe(bodyKept ? 'application/x-www-form-urlencoded' : undefined);
      expect(seen[1]?.headers).not.toHaveProperty('transfer-encoding');
    });
  }

  inEachMode('are sent again from a function, an array and bytes', async ({ newClient, call }) => {
    const { url, seen } = await startRedirect(307, '/to');
    function* words(): Generator<string> {
      yield 'ab';
      yield 'c';
    }
    for (const body of [words, () => Readable.from(['ab', 'c']), ['ab', 'c'], new Blob(['abc']), Buffer.from('abc')]) {
      await call(() => newClient().put(`${url}/from`, { body }));
      expect(seen.splice(0).map((one) => one.body)).toEqual(['abc', 'abc']);
    }
  });

  inEachMode('cannot be sent again from a stream', async ({ newClient, call }) => {
    const { url, seen } = await startRedirect(308, '/to');
    const error = await failureOf(call(() => newClient().post(`${url}/from`, { body: Readable.from(['abc']) })));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_BODY_NOT_REPLAYABLE', statusCode: 502, method: 'POST' });
    expect(seen.map((one) => one.url)).toEqual(['/from']);
  });

  inEachMode('may be a stream where the redirect drops it', async ({ newClient, call }) => {
    const { url, seen } = await startRedirect(303, '/to');
    await call(() => newClient().post(`${url}/from`, { body: Readable.from(['abc']) }));
    expect(seen.map((one) => [one.method, one.body])).toEqual([
      ['POST', 'abc'],
      ['GET', ''],
    ]);
  });
});

describe('what proves who sends a redirected request', () => {
  const secrets = { authorization: 'Bearer secret', cookie: 'own=1', 'x-other': 'stays' };

  inEachMode('goes along on the same origin', async ({ newClient, call }) => {
    const { url, seen } = await startRedirect(302, '/to');
    await call(() => newClient().get(`${url}/from`, { headers: secrets }));
    expect(seen[1]?.headers).toMatchObject(secrets);
    await call(() => newClient({ auth: ['user', 'pass'] }).get(`${url}/from`, { cookies: { own: '2' } }));
    const authorization = `Basic ${Buffer.from('user:pass').toString('base64')}`;
    expect(seen[3]?.headers).toMatchObject({ authorization, cookie: 'own=2' });
  });

  inEachMode('does not go to another port, nor to another host', async ({ newClient, call }) => {
    const other = await startSite((_, response) => response.end());
    const targets = [other.url, other.url.replace('127.0.0.1', 'localhost')];
    for (const target of targets) {
      const { url } = await startRedirect(307, `${target}/to`);
      const client = newClient({ auth: ['user', 'pass'], cookies: true });
      await call(() => client.post(`${url}/from`, { headers: secrets, json: {} }));
      await call(() => newClient({ auth: ['user', 'pass'] }).get(`${url}/from`, { cookies: { own: '1' } }));
    }
    expect(other.seen.length).toBe(4);
    for (const { headers } of other.seen) {
      expect(headers).not.toHaveProperty('authorization');
      expect(headers).not.toHaveProperty('cookie');
    }
    expect(other.seen[0]?.headers).toMatchObject({ 'x-other': 'stays', host: other.url.slice('http://'.length) });
  });

  inEachMode('is not taken from the Location', async ({ newClient, call }) => {
    const { url, seen } = await startSite((request, response) => {
      const location = url.replace('http://', 'http://user:pass@');
      if (request.url === '/from') response.writeHead(302, { location: `${location}/to` }).end();
      else response.end();
    });
    const response = await call(() => newClient().get(`${url}/from`));
    expect(response.url).toBe(`${url}/to`);
    expect(seen[1]?.headers).not.toHaveProperty('authorization');
  });
});

describe('cookies on the way', () => {
  inEachMode('are kept from each response and sent with the next request', async ({ newClient, call }) => {
    const { url, seen } = await startSite((request, response) => {
      if (request.url === '/login') {
        response.writeHead(303, { location: '/check', 'set-cookie': ['session=s1; Path=/', 'step=1'] }).end();
      } else if (request.url === '/check') {
        response.writeHead(302, { location: '/login/done', 'set-cookie': 'session=s2; Path=/' }).end();
      } else response.end('welcome');
    });
    const client = newClient({ cookies: true });
    const welcome = await call(() => client.post(`${url}/login`, { form: { user: 'u', password: 'p' } }));
    expect(welcome.text()).toBe('welcome');
    expect(seen.map((one) => one.headers.cookie)).toEqual([
      undefined,
      expect.stringMatching(/^(?=.*session=s1)(?=.*step=1)/),
      expect.stringContaining('session=s2'),
    ]);
    expect(welcome.history.map((hop) => hop.cookies)).toEqual([{ session: 's1', step: '1' }, { session: 's2' }]);
    await call(() => client.get(`${url}/later`));
    expect(seen.at(-1)?.headers.cookie).toContain('session=s2');
  });

  inEachMode('may be what changes when a page redirects to itself', async ({ newClient, call }) => {
    const { url, seen } = await startSite((request, response) => {
      if (request.headers.cookie === 'seen=1') response.end('in');
      else response.writeHead(302, { location: request.url, 'set-cookie': 'seen=1' }).end();
    });
    expect((await call(() => newClient({ cookies: true }).get(`${url}/same`))).text()).toBe('in');
    expect(seen.length).toBe(2);
  });

  inEachMode('are not kept without the option', async ({ newClient, call }) => {
    const { url, seen } = await startSite((request, response) => {
      if (request.url === '/from') response.writeHead(302, { location: '/to', 'set-cookie': 'a=1' }).end();
      else response.end();
    });
    await call(() => newClient().get(`${url}/from`));
    expect(seen[1]?.headers).not.toHaveProperty('cookie');
  });
});

describe('hooks of a redirected request', () => {
  inEachMode('see and change each request, and get the last response', async ({ newClient, call }) => {
    const { url, seen } = await startRedirect(302, '/to');
    const events: string[] = [];
    const note = (what: string, { method, url: at }: { method: string; url: string }): void => {
      events.push(`${what} ${method} ${at.slice(url.length)}`);
    };
    const response = await call(() =>
      newClient({
        hooks: {
          beforeRequest: (request) => {
            note('request', request);
            request.setHeader('x-count', String(events.length));
          },
          beforeRedirect: (request, from) => {
            note(`redirect ${from.status}`, request);
            request.setHeader('x-from', from.url.slice(url.length));
          },
          afterResponse: (last) => note(`response ${last.history.length}`, last.request),
        },
      }).post(`${url}/from`, { json: {} }),
    );
    expect(events).toEqual(['request POST /from', 'redirect 302 GET /to', 'request GET /to', 'response 1 GET /to']);
    expect(seen.map(({ headers }) => [headers['x-count'], headers['x-from']])).toEqual([
      ['1', undefined],
      ['3', '/from'],
    ]);
    expect(response.status).toBe(200);
  });

  inEachMode('can stop it', async ({ newClient, call }) => {
    const { url, seen } = await startRedirect(302, '/to');
    const own = new Error('not there');
    const beforeRedirect = (): never => {
      throw own;
    };
    expect(await failureOf(call(() => newClient({ hooks: { beforeRedirect } }).get(`${url}/from`)))).toBe(own);
    expect(seen.length).toBe(1);
  });

  it('may wait in a context', async () => {
    const { url, seen } = await startRedirect(302, '/to');
    const asked = deferred<HttpRequest>();
    const client = newGreenClient({
      hooks: {
        beforeRedirect: (request) => {
          asked.resolve(request);
          wait(new Promise((resolve) => setImmediate(resolve)));
          request.setHeader('x-waited', 'yes');
        },
      },
    });
    await run(() => client.get(`${url}/from`));
    expect((await asked.promise).url).toBe(`${url}/to`);
    expect(seen[1]?.headers['x-waited']).toBe('yes');
  });
});
