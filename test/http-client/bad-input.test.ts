import { describe, expect, it } from 'vitest';

import { HttpClient, type HttpClientOptions, type HttpRequestOptions } from '../../src/http-client/index.ts';
import { failureOf, inBothModes } from './both-modes.ts';
import { startServer } from './servers.ts';

const circular: { self?: unknown } = {};
circular.self = circular;

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
  ['a baseUrl with a password', { baseUrl: 'http://user:pass@h/' }, /^baseUrl must be without user name/],
  ['a baseUrl of another scheme', { baseUrl: 'file:///etc' }, /^baseUrl must be an http: or https: URL/],
  ['a header with a line break', { headers: { a: 'b\r\nc: d' } }, /^The a header must be/],
];

const BAD_REQUESTS: [title: string, options: unknown, message: RegExp][] = [
  ['null', null, /^request options must be an object/],
  ['an unknown option', { retry: 3 }, /^request options must be made of .*'retry'/],
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
  ['json and body together', { json: 1, body: 'x' }, /^json must be given without body/],
  ['a body that is an object', { body: { a: 1 } }, /^body must be a string or a Uint8Array; received an object/],
  ['params that are a string', { params: 'a=1' }, /^params must be/],
  ['params of an object', { params: { a: { b: 1 } } }, /^Each of params must be/],
];

const BAD_URLS: [title: string, url: unknown, message: RegExp][] = [
  ['a relative URL without baseUrl', '/users', /^url must be absolute .*no baseUrl/],
  ['no URL', undefined, /^url must be a string or a URL; received undefined/],
  ['an empty URL', '', /^url must be absolute/],
  ['a URL without a host', 'http://', /^url must be a valid URL/],
  ['a bad port', 'http://h:99999/', /^url must be a valid URL/],
  ['another scheme', 'ftp://h/secret', /^url must be an http: or https: URL/],
  ['a password', 'http://user:hunter2@h/', /^url must be without user name and password/],
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
});
