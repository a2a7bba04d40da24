import { Readable } from 'node:stream';
import { inspect, toUSVString } from 'node:util';
import { describe, expect, it } from 'vitest';

import {
  file,
  HttpClient,
  type HttpClientOptions,
  type HttpPathParams,
  type HttpRequest,
  type HttpRequestOptions,
  part,
} from '../../src/http-client/index.ts';
import { failureOf, inBothModes } from './both-modes.ts';
import { startServer } from './servers.ts';

const circular: { self?: unknown } = {};
circular.self = circular;

function setBadHeader(request: HttpRequest): void {
  request.setHeader('b', ['c', 'hunter2\r\n']);
}

function setLength(request: HttpRequest): void {
  request.setHeader('Transfer-Encoding', 'chunked');
}

const BAD_OPTIONS: [title: string, options: unknown, message: RegExp][] = [
  ['null', null, /^options must be an object/],
  ['an unknown option', { retries: 3 }, /'retries'/],
  ['a misspelt option, whose name it tells', { baseURL: 'http://h' }, /use baseUrl here/],
  ['green that is no boolean', { green: 1 }, /^green must be true or false; received 1/],
  ['a negative timeout', { timeout: -1 }, /^timeout must be .* received -1/],
  ['a timeout that setTimeout() would take for 1 ms', { timeout: 2 ** 31 }, /^timeout/],
  ['a timeout of NaN', { timeout: Number.NaN }, /^timeout/],
  ['a timeout that is no number', { timeout: '5s' }, /^timeout/],
  ['maxResponseBytes of 0', { maxResponseBytes: 0 }, /^maxResponseBytes/],
  ['maxResponseBytes of 1.5', { maxResponseBytes: 1.5 }, /^maxResponseBytes/],
  ['a relative baseUrl', { baseUrl: '/api' }, /^baseUrl must be a valid URL/],
  ['a baseUrl with a query', { baseUrl: 'http://h/?a' }, /^baseUrl must be without query/],
  ['a baseUrl with a line break in its password', { baseUrl: 'http://user:pa%0Ass@h/' }, /^The user name and password/],
  ['a baseUrl of another scheme', { baseUrl: 'file:///etc' }, /^baseUrl must be an http: or https: URL/],
  ['a header with a line break', { headers: { a: 'b\r\nc: d' } }, /^The a header must be/],
];

const BAD_REQUESTS: [title: string, options: unknown, message: RegExp][] = [
  ['null', null, /^request options must be an object/],
  ['an unknown option', { retri: 3 }, /^request options must be made of .*'retri'/],
  ['a misspelt option, whose name it tells', { query: {} }, /use params here/],
  ['a negative timeout', { timeout: -5 }, /^timeout/],
  ['headers that are no object', { headers: 'a: b' }, /^headers must be a plain object/],
  ['headers that are an array', { headers: [['a', 'b']] }, /^headers must be a plain object/],
  ['a header name with a line break', { headers: { 'a\r\nb': 'c' } }, /^The name of a header must be an HTTP token/],
  ['an empty header name', { headers: { '': 'c' } }, /^The name of a header/],
  ['a header value with CR LF', { headers: { a: 'b\r\nset-cookie: c' } }, /^The a header must be/],
  ['a header value with LF, in an array', { headers: { a: ['x', 'b\nc'] } }, /^The a header must be/],
  ['a header value beyond latin1', { headers: { a: '€' } }, /^The a header must be/],
  ['a header value that is an object', { headers: { a: {} } }, /^The a header must be/],
  ['transfer-encoding', { headers: { 'Transfer-Encoding': 'chunked' } }, /without transfer-encoding/],
  ['a header that undici refuses', { headers: { connection: 'a b' } }, /undici can send \(invalid connection header\)/],
  ['a wrong content-length', { headers: { 'content-length': '9' }, body: 'abc' }, /undici can send/],
  ['circular JSON', { json: circular }, /^json must be a value that JSON.stringify\(\) can write/],
  ['JSON of a function', { json: () => 1 }, /^json must be/],
  ['JSON of a bigint', { json: 1n }, /^json must be/],
  ['JSON whose toJSON() throws', { json: { toJSON: () => JSON.parse('') } }, /^json must be/],
  ['json and body together', { json: 1, body: 'x' }, /^json, form, multipart and body must be given one at a time/],
  ['form and multipart together', { form: {}, multipart: {} }, /given one at a time/],
  ['json and form together', { json: null, form: {} }, /given one at a time/],
  ['multipart and body together', { multipart: {}, body: '' }, /given one at a time/],
  ['a stream that was destroyed', { body: Readable.from(['a']).destroy() }, /^body must be one that can still be read/],
  ['a file that is not there', { body: file('/no/such/file') }, /^The path of file\(\) must be/],
  ['a body that is an object', { body: { a: 1 } }, /^body must be a string/],
  ['params that are a string', { params: 'a=1' }, /^params must be/],
  ['params of an object', { params: { a: { b: 1 } } }, /^Each of params must be/],
  ['a line break in a cookie', { cookies: { a: 'b\r\nhunter2: d' } }, /^The value of a cookie must be/],
  ['a second cookie in a cookie', { cookies: { a: 'b; hunter2=d' } }, /^The value of a cookie/],
  ["a second cookie in a cookie's name", { cookies: { 'a=hunter2; b': 'c' } }, /^The name of a cookie/],
  ['a line break in the cookie header', { headers: { cookie: 'a=b\nhunter2: c' } }, /^The cookie header/],
  [
    "a line break in a part's type",
    { multipart: { a: part('b', { type: 'c\r\nhunter2: d' }) } },
    /content-type header/,
  ],
  [
    "a line break in a part's header",
    { multipart: { a: part('b', { headers: { c: 'd\nhunter2' } }) } },
    /^The c header/,
  ],
  [
    "a line break in a file's type",
    { body: file('/etc/hostname', { type: 'c\r\nhunter2: d' }) },
    /content-type header/,
  ],
  ['a part that is an object', { multipart: { a: { hunter2: 1 } } }, /^Each part of multipart must be/],
  ['a user name with a colon', { auth: ['hunter2:', 'x'] }, /^The user name must be/],
  ['a password with a line break', { auth: ['a', 'hunter2\r\nb: c'] }, /^auth must be two strings without control/],
  ['a token with a line break', { auth: { bearer: 'hunter2\r\nb: c' } }, /^auth.bearer must be/],
  ['a token with a line break, from a function', { auth: { bearer: () => 'hunter2\n' } }, /^auth.bearer must be/],
  ['a line break that auth sets', { auth: (r: HttpRequest) => r.setHeader('a', 'hunter2\n') }, /^The a header must be/],
  ['a line break that a hook sets', { hooks: { beforeRequest: setBadHeader } }, /^The b header must be/],
  ['a header that a hook must not set', { hooks: { beforeRequest: setLength } }, /without transfer-encoding/],
];

const BAD_URLS: [title: string, url: unknown, message: RegExp][] = [
  ['a relative URL without baseUrl', '/users', /^url must be absolute .*no baseUrl/],
  ['no URL', undefined, /^url must be a string or a URL; received undefined/],
  ['a URL in an array', ['http://h/'], /^url must be a string or a URL/],
  ['an empty URL', '', /^url must be absolute/],
  ['a URL without a host', 'http://', /^url must be a valid URL/],
  ['a bad port', 'http://h:99999/', /^url must be a valid URL/],
  ['another scheme', 'ftp://h/secret', /^url must be an http: or https: URL/],
  ['a password with a line break', 'http://user:hunter2%0A@h/', /^The user name and password of url/],
];

describe('HttpClient construction', () => {
  for (const [title, options, message] of BAD_OPTIONS) {
    it(`refuses ${title}`, async () => {
      const error = await failureOf(Promise.resolve().then(() => new HttpClient(options as HttpClientOptions)));
      expect(error).toMatchObject({ code: 'GREEN_ERR_OPT_INVALID', message: expect.stringMatching(message) });
      expect(`${error.stack}${JSON.stringify(error)}`).not.toMatch(/user:pass|c: d/);
    });
  }
});

describe('HttpClient calls', () => {
  for (const [title, options, message] of BAD_REQUESTS) {
    inBothModes(`refuse ${title}, and send nothing`, async (ask) => {
      const server = await startServer((_, response) => response.end());
      const error = await failureOf(ask((client) => client.post(server.url, options as HttpRequestOptions)));
      expect(error).toMatchObject({ code: 'GREEN_ERR_OPT_INVALID', message: expect.stringMatching(message) });
      expect(inspect(error, { depth: 9 }) + error.stack + JSON.stringify(error)).not.toMatch(/hunter2|set-cookie/);
      expect(server.requests).toBe(0);
    });
  }

  for (const [title, url, message] of BAD_URLS) {
    inBothModes(`refuse ${title}`, async (ask) => {
      const error = await failureOf(ask((client) => client.get(url as string)));
      expect(error).toMatchObject({ code: 'GREEN_ERR_OPT_INVALID', message: expect.stringMatching(message) });
      expect(`${error.stack}${JSON.stringify(error)}`).not.toMatch(/hunter2|secret/);
    });
  }

  for (const method of ['', 'GE T', 'GET\r\n', 'CONNECT', 5]) {
    inBothModes(`refuse the method ${JSON.stringify(method)}`, async (ask) => {
      const error = await failureOf(ask((client) => client.request(method as string, 'http://127.0.0.1:1/')));
      expect(error).toMatchObject({ code: 'GREEN_ERR_OPT_INVALID', message: expect.stringMatching(/^method must be/) });
    });
  }

  const BAD_PATHS: [title: string, path: unknown, message: RegExp][] = [
    ['nothing for a name', {}, /^path must be an object with a string or number for \{id\}/],
    ['an inherited value', Object.create({ id: 'hunter2' }), /^path must be an object with/],
    ['an empty string', { id: '' }, /^path must be an object with/],
    ['an object', { id: { hunter2: 1 } }, /^path must be an object with/],
    ['a function', { id: () => 'hunter2' }, /^path must be an object with/],
    ['a symbol', { id: Symbol('hunter2') }, /^path must be an object with/],
    ['a step up', { id: '..' }, /^path must be without a dot segment/],
    ['a value that is not asked for', { id: 1, other: 'hunter2' }, /^url must be one with \{other\}/],
  ];
  for (const [title, path, message] of BAD_PATHS) {
    inBothModes(`refuse ${title} in the path`, async (ask) => {
      const server = await startServer((_, response) => response.end());
      const error = await failureOf(
        ask((client) => client.get(`${server.url}/{id}`, { path: path as HttpPathParams })),
      );
      expect(error).toMatchObject({ code: 'GREEN_ERR_OPT_INVALID', message: expect.stringMatching(message) });
      expect(inspect(error, { depth: 9 }) + error.stack + JSON.stringify(error)).not.toMatch(/hunter2/);
      expect(server.connections).toBe(0);
    });
  }

  inBothModes('refuse a generator that another request has used', async (ask) => {
    const server = await startServer((request, response) => void request.resume().on('end', () => response.end()));
    function* generate(): Generator<string> {
      yield 'a';
    }
    const body = generate();
    await ask((client) => client.post(server.url, { body }));
    const error = await failureOf(ask((client) => client.post(server.url, { body })));
    expect(error).toMatchObject({ code: 'GREEN_ERR_OPT_INVALID', message: expect.stringMatching(/body already used/) });
    expect(server.requests).toBe(1);
  });

  inBothModes('let no value of path or params leave its place', async (ask) => {
    const { url } = await startServer((request, response) => response.end(request.url));
    const nasty = '../a?b=c&d#e\r\nf: g {x} %2e \ud800';
    const wellFormed = toUSVString(nasty);
    const path = { id: nasty };
    const response = await ask((client) => client.get(`${url}/x/{id}/y`, { path, params: { [nasty]: nasty } }));
    const sent = new URL(response.text(), url);
    expect(sent.pathname.split('/').map(decodeURIComponent)).toEqual(['', 'x', wellFormed, 'y']);
    expect([...sent.searchParams]).toEqual([[wellFormed, wellFormed]]);
  });
});
