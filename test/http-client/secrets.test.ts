// Every error class of the client, provoked by a request that is full of secrets, against a server that sends some more:
// none of them is in what a log would show, and the caller's line is.

import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';

import {
  HttpClient,
  type HttpClientOptions,
  type HttpRequest,
  type HttpRequestOptions,
  type StandardSchema,
} from '../../src/http-client/index.ts';
import { failureOf, inBothModes } from './both-modes.ts';
import { startFaultServer, startServer, unusedPort } from './servers.ts';
import { clientCert, clientKey } from './tls.ts';
import { startSocketServer } from './websocket/socket-server.ts';

const SECRET = /hunter2|aHVudGVyMg|Basic |Bearer /;

/** Answers with secrets: in headers, body and cookies. */
const answer = (status: string, headers: string[] = [], body = 'hunter2'): string =>
  [`HTTP/1.1 ${status}`, 'x-token: hunter2', 'set-cookie: sid=hunter2', `content-length: ${body.length}`, ...headers]
    .join('\r\n')
    .concat('\r\n\r\n', body);

interface Row {
  code: string;
  /** What the server sends; undefined for nothing at all. */
  answer?: string;
  /** The system's or undici's code of `cause`. */
  cause?: RegExp;
  client?: (port: number) => HttpClientOptions;
  request?: () => HttpRequestOptions;
  scheme?: string;
  call?: (client: HttpClient<boolean>, url: string, request: HttpRequestOptions) => unknown;
}

const schema: StandardSchema = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ issues: [{ message: String(value) }] }) },
};

const ROWS: Row[] = [
  { code: 'STATUS', answer: answer('403 hunter2'), client: () => ({ throwOnError: true }) },
  { code: 'STATUS', answer: answer('500 hunter2'), request: () => ({ throwOnError: true, stream: true }) },
  { code: 'TIMEOUT', client: () => ({ timeout: 50 }) },
  { code: 'TIMEOUT', client: () => ({ timeout: { headers: 50 } }) },
  { code: 'CONNECT', cause: /ECONNREFUSED/, client: (port) => ({ baseUrl: `http://a:hunter2@127.0.0.1:${port}` }) },
  { code: 'TLS', cause: /^E/, scheme: 'https', answer: answer('400 hunter2') },
  { code: 'PROXY', cause: /ECONNREFUSED/, client: (port) => ({ proxy: `http://a:hunter2@127.0.0.1:${port}` }) },
  { code: 'PROXY', cause: /ECONNREFUSED/, client: (port) => ({ proxy: `socks5://a:hunter2@127.0.0.1:${port}` }) },
  { code: 'REDIRECT', answer: answer('302 hunter2', ['location: ftp://a:hunter2@b/?hunter2']) },
  { code: 'TOO_MANY_REDIRECTS', answer: answer('302 hunter2', ['location: /?hunter2']) },
  {
    code: 'BODY_NOT_REPLAYABLE',
    answer: answer('307 hunter2', ['location: /?hunter2']),
    request: () => ({
      body: (function* generate() {
        yield 'hunter2';
      })(),
    }),
  },
  {
    code: 'BODY_CONSUMED',
    answer: answer('200 hunter2'),
    request: () => ({ stream: true }),
    call: (client, url, request) => {
      return then(client.post(url, { ...request, stream: true }), (stream) => then(stream.text(), () => stream.text()));
    },
  },
  { code: 'BODY_TOO_LARGE', answer: answer('200 hunter2'), client: () => ({ maxResponseBytes: 1 }) },
  { code: 'CONTENT_ENCODING', cause: /^Z_/, answer: answer('200 hunter2', ['content-encoding: gzip']) },
  { code: 'TRANSPORT', answer: 'hunter2\r\n\r\n' },
  { code: 'TRANSPORT', cause: /UND_ERR_SOCKET/, answer: answer('200 hunter2').slice(0, -1) },
  {
    code: 'DECODE',
    answer: answer('200 hunter2'),
    call: async (client, url, request) => (await client.post(url, request as HttpRequestOptions<false>)).json(),
  },
  {
    code: 'SCHEMA',
    answer: answer('200 hunter2', [], '"hunter2"'),
    call: async (client, url, request) => (await client.post(url, request as HttpRequestOptions<false>)).json(schema),
  },
  {
    code: 'PAGINATION',
    answer: answer('200 hunter2', ['link: <http://a:hunter2@b/?hunter2>; rel=next'], '["hunter2"]'),
    call: async (client, url, request) => {
      for await (const _ of client.paginate(url, {}, request as HttpRequestOptions<false>) as AsyncIterable<unknown>);
    },
  },
  {
    code: 'CONTENT_TYPE',
    answer: answer('200 hunter2', ['content-type: text/hunter2']),
    call: async (client, url, { json: _, ...request }) => {
      for await (const _event of client.sse(url, { request }) as AsyncIterable<unknown>);
    },
  },
  {
    code: 'CLOSED',
    call: (client, url, request) => {
      void client.close();
      return client.post(url, request);
    },
  },
  {
    code: 'WEBSOCKET_HANDSHAKE',
    answer: answer('401 hunter2', ['www-authenticate: Basic realm="hunter2"']),
    call: (client, url) => client.webSocket(url, { headers: { authorization: 'Bearer hunter2' } }),
  },
];

/** What comes next, in either mode: a green call's stays in its context. */
function then<T>(answer: T | Promise<T>, next: (value: T) => unknown): unknown {
  return answer instanceof Promise ? answer.then(next) : next(answer);
}

function expectNoSecret(shown: unknown): void {
  const text = inspect(shown, { depth: 12 });
  expect(`${text}${JSON.stringify(shown)}${shown instanceof Error ? `${shown.stack}${shown}` : ''}`).not.toMatch(
    SECRET,
  );
}

/** A request with a secret wherever there can be one. */
function secretive(row: Row): HttpRequestOptions {
  const body = row.request?.() ?? {};
  return {
    ...('body' in body ? {} : { json: { password: 'hunter2' } }),
    headers: { 'x-api-key': 'hunter2' },
    params: { token: 'hunter2' },
    cookies: { sid: 'hunter2' },
    auth: { bearer: 'hunter2' },
    ...body,
  };
}

describe('an error shows no secret, and the line of the caller', () => {
  for (const row of ROWS) {
    const { code, answer: sent, client: clientOptions, scheme = 'http' } = row;
    const how = [Object.keys(clientOptions?.(1) ?? {}), Object.keys(row.request?.() ?? {}), sent?.slice(0, 12)].flat();
    inBothModes(`GREEN_ERR_HTTP_${code} (${how.join(', ')})`, async (ask) => {
      const server = await startFaultServer((socket) => {
        if (sent !== undefined) socket.end(sent);
      });
      const call = row.call ?? ((client, target, request) => client.post(target, request));
      const options = clientOptions?.(await unusedPort()) ?? {};
      const url = options.baseUrl === undefined ? server.url.replace('http://', `${scheme}://a:hunter2@`) : '';
      const error = await failureOf(
        ask(async (client) => {
          return await call(client, `${url}/hunter3?hunter2`, secretive(row));
        }, options),
      );
      expect(error).toMatchObject({ code: `GREEN_ERR_HTTP_${code}`, statusCode: expect.any(Number) });
      expectNoSecret(error);
      expect(error.stack).toContain('secrets.test.ts');
      if (row.cause !== undefined) expect((error.cause as { code?: unknown }).code).toMatch(row.cause);
    });
  }

  inBothModes('GREEN_ERR_HTTP_WEBSOCKET_CLOSED', async (ask) => {
    const { url } = await startSocketServer((peer) => peer.send('hunter2'));
    const error = await failureOf(
      ask(async (client) => {
        return await then(client.webSocket(`${url}/?hunter2`), (socket) => {
          socket.close(1000, 'hunter2');
          return socket.send('hunter2');
        });
      }),
    );
    expect(error['code']).toBe('GREEN_ERR_HTTP_WEBSOCKET_CLOSED');
    expectNoSecret(error);
    expect(error.stack).toContain('secrets.test.ts');
  });
});

it('is every error there is', () => {
  const documented = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const codes = [...documented.matchAll(/^\| `GREEN_ERR_HTTP_(\w+)`/gm)].map(([, code]) => code);
  expect([...new Set(ROWS.map(({ code }) => code)), 'WEBSOCKET_CLOSED'].toSorted()).toEqual(codes.toSorted());
});

describe('what a log may be given shows no secret', () => {
  const options: HttpClientOptions = {
    baseUrl: 'http://a:hunter2@127.0.0.1:1/',
    auth: ['a', 'hunter2'],
    headers: { 'x-api-key': 'hunter2' },
    params: { token: 'hunter2' },
    proxy: { http: 'http://a:hunter2@127.0.0.1:1' },
    tls: { cert: clientCert, key: clientKey, passphrase: 'hunter2' },
    cookies: true,
  };

  it('the client itself, and its stats', async () => {
    const client = new HttpClient(options);
    const extended = client.extend({ auth: { bearer: 'hunter2' } });
    for (const shown of [client, extended, client.stats()]) {
      const text = inspect(shown, { depth: 12, showHidden: true }) + JSON.stringify(shown);
      expect(text).not.toMatch(SECRET);
      expect(text).not.toMatch(/PRIVATE KEY/);
    }
    await Promise.all([client.close(), extended.close()]);
  });

  inBothModes('a stream, and an open WebSocket', async (ask) => {
    const { url } = await startSocketServer((peer) => peer.send('hunter2'));
    const served = await startServer((_, response) => response.setHeader('set-cookie', 'sid=hunter2').end('hunter2'));
    await ask(
      (client) =>
        then(client.webSocket(`${url}/a?hunter2`, { headers: { b: 'hunter2' } }), (socket) => {
          expectNoSecret(socket);
          expect(inspect(socket)).toMatch(/^\w+WebSocket \{ url: 'ws:\/\/127.0.0.1:\d+\/a', readyState: 1 \}$/);
          socket.close();
        }),
      { headers: { c: 'hunter2' } },
    );
    await ask((client) =>
      then(client.get(`${served.url}/a?hunter2`, { stream: true }), (stream) => {
        expectNoSecret(stream);
        expect(inspect(stream)).toBe(`HttpStream { method: 'GET', url: '${served.url}/a', status: 200 }`);
        stream.close();
      }),
    );
  });

  inBothModes('requests and responses, as hooks see them', async (ask) => {
    const { url } = await startServer((request, response) => {
      response.setHeader('set-cookie', 'sid=hunter2');
      if (request.url?.startsWith('/again')) response.end('hunter2');
      else response.writeHead(302, { location: '/again?hunter2' }).end('hunter2');
    });
    const seen: unknown[] = [];
    const note = (...shown: unknown[]): void => void seen.push(...shown);
    const log = (request: HttpRequest): void => note(request, [request], { request });
    const hooks = { beforeRequest: log, beforeRedirect: note, afterResponse: note };
    const client: HttpClientOptions = { ...options, proxy: false, baseUrl: url.replace('//', '//a:hunter2@'), hooks };
    const response = await ask(
      (one) => one.post('/?hunter2', { json: { a: 'hunter2' }, headers: { b: 'hunter2' } }),
      client,
    );
    note(response, response.headers, response.history);
    expect(seen.length).toBeGreaterThan(8);
    expectNoSecret(seen);
    for (const one of seen) expectNoSecret(one);
    expect(inspect(seen[0])).toBe(`HttpRequest { method: 'POST', url: '${url}/', attempt: 1 }`);
  });
});
