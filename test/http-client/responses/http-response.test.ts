import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import { HttpHeaders } from '../../../src/http-client/responses/http-headers.ts';
import type { HttpResponse } from '../../../src/http-client/responses/http-response.ts';
import type { SchemaResult, StandardSchema } from '../../../src/http-client/responses/standard-schema.ts';
import { run } from '../../../src/pool/index.ts';
import { failureOf, inBothModes } from '../both-modes.ts';
import { startServer } from '../servers.ts';
import { responseOf } from './heads.ts';

describe('HttpResponse', () => {
  inBothModes('has status, ok, headers, url, elapsed and the body', async (ask) => {
    const { url } = await startServer((_, response) => {
      response.writeHead(201, { 'X-Thing': 'yes', 'Set-Cookie': ['a=1', 'b=2'] });
      response.end('{"ok":"é"}');
    });
    const response = await ask((client) => client.get(`${url}/path?q=1`));
    expect(response.status).toBe(201);
    expect(response.ok).toBe(true);
    expect(response.url).toBe(`${url}/path?q=1`);
    expect(response.elapsed).toBeGreaterThan(0);
    expect(response.headers.get('x-THING')).toBe('yes');
    expect(response.headers.getAll('set-cookie')).toEqual(['a=1', 'b=2']);
    expect(response.text()).toBe('{"ok":"é"}');
    expect(response.json()).toEqual({ ok: 'é' });
    expect(response.bytes()).toEqual(Buffer.from('{"ok":"é"}'));
    expect(response.raiseForStatus()).toBe(response);
  });

  inBothModes('joins a body of many chunks', async (ask) => {
    const part = Buffer.alloc(100_000, 'ab');
    const { url } = await startServer((_, response) => {
      for (let i = 0; i < 10; i++) response.write(part);
      response.end();
    });
    const response = await ask((client) => client.get(url));
    expect(Buffer.compare(response.bytes(), Buffer.alloc(1_000_000, 'ab'))).toBe(0);
  });

  inBothModes('is the redirect itself with `redirects: false`', async (ask) => {
    const { url } = await startServer((_, response) => response.writeHead(302, { location: '/other' }).end());
    const response = await ask((client) => client.get(url, { redirects: false }));
    expect([response.status, response.ok, response.headers.get('location')]).toEqual([302, false, '/other']);
    expect(response.raiseForStatus()).toBe(response);
  });

  for (const status of [400, 404, 500, 503]) {
    inBothModes(`raiseForStatus() throws for ${status}, with the response at hand`, async (ask) => {
      const { url } = await startServer((_, response) => response.writeHead(status).end('the reason'));
      const response = await ask((client) => client.get(`${url}/secret-path`));
      const error = await failureOf(Promise.resolve().then(() => response.raiseForStatus()));
      expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_STATUS', statusCode: 502, status, method: 'GET', response });
      expect(error.message).toBe(`The GET request was answered with ${status}.`);
      expect((error['response'] as HttpResponse).text()).toBe('the reason');
    });
  }

  it('decodes UTF-8 without a byte order mark', () => {
    expect(responseOf('\ufeff{"a":1}').json()).toEqual({ a: 1 });
    expect(responseOf('').text()).toBe('');
  });

  it('json() throws for what is not JSON, without quoting it', async () => {
    for (const body of ['', 'secret words', '{"a":']) {
      const response = responseOf(body);
      const error = await failureOf(Promise.resolve().then(() => response.json()));
      expect(error).toMatchObject({
        code: 'GREEN_ERR_HTTP_DECODE',
        message: `The body of the response to the GET request (status 200, ${body.length} bytes) is not JSON.`,
      });
      expect([error['response'], error.cause]).toEqual([response, undefined]);
    }
  });
});

describe('a buffered body', () => {
  const latin1 = { 'content-type': 'text/plain; charset=ISO-8859-1' };

  it('is text in the charset of content-type, or the one asked for', () => {
    const response = responseOf(Buffer.from('né', 'latin1'), { headers: latin1 });
    expect([response.encoding, response.text(), response.text('utf-8')]).toEqual(['windows-1252', 'né', 'n\ufffd']);
    expect(responseOf('n€').encoding).toBe('utf-8');
    expect(() => response.text('klingon')).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
  });

  it('can be read as often as needed, and after close()', () => {
    const response = responseOf('data: 1\r\n\r\nlast');
    for (let i = 0; i < 2; i++) {
      expect([...response.iterLines()]).toEqual(['data: 1', '', 'last']);
      expect([...response.iterBytes(8)].map(String)).toEqual(['data: 1\r', '\n\r\nlast']);
      expect([...response.iterBytes()].map(String)).toEqual(['data: 1\r\n\r\nlast']);
      expect([...response.sse()]).toMatchObject([{ data: '1' }]);
      response.close();
      response[Symbol.dispose]();
    }
    expect([...responseOf('').iterLines()]).toEqual([]);
    expect([...responseOf('').iterBytes(4)]).toEqual([]);
  });

  it('refuses bad sizes at once', () => {
    for (const size of [0, -1, 1.5, Number.NaN]) {
      expect(() => responseOf('x').iterBytes(size)).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
    }
  });

  it('is written to a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'greenroom-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'body');
    expect(await responseOf('some bytes').saveTo(path)).toBe(10);
    expect(readFileSync(path, 'utf8')).toBe('some bytes');
    expect(await run(() => responseOf('more', { green: true }).saveTo(path))).toBe(4);
    expect(readFileSync(path, 'utf8')).toBe('more');
    const outside = expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' });
    expect(() => responseOf('x', { green: true }).saveTo(path)).toThrow(outside);
    const bad = [await failureOf(responseOf('x').saveTo('') as Promise<number>)];
    bad.push(await failureOf(run(() => responseOf('x', { green: true }).saveTo(new URL('http://h/')))));
    expect(bad.map(({ code }) => code)).toEqual(['GREEN_ERR_OPT_INVALID', 'GREEN_ERR_OPT_INVALID']);
    expect(readdirSync(folder)).toEqual(['body']);
  });
});

describe('json() with a schema', () => {
  const schemaOf = <T>(
    validate: (value: unknown) => SchemaResult<T> | Promise<SchemaResult<T>>,
  ): StandardSchema<T> => ({
    '~standard': { version: 1, vendor: 'test', validate },
  });
  const length = schemaOf((value) => ({ value: String(value).length }));
  const slowLength = schemaOf(async (value) => ({ value: String(value).length }));

  it('gives what the schema makes of the value', async () => {
    const value: number = responseOf('"four"').json(length);
    expect(value).toBe(4);
    expect(await run(() => responseOf('"four"', { green: true }).json(slowLength))).toBe(4);
  });

  it('throws what the schema has to say, hidden from logs', async () => {
    const issues = [{ message: 'the secret is too short', path: ['a'] }];
    const response = responseOf('"secret"');
    const refusing = schemaOf(() => ({ issues }));
    const error = await failureOf(Promise.resolve().then(() => response.json(refusing)));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_SCHEMA', issues, response });
    expect(`${error.message}${JSON.stringify(error)}`).not.toContain('secret');
  });

  it('refuses what is no schema, and an asynchronous one without green', () => {
    const invalid = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
    for (const schema of [null, {}, { '~standard': {} }]) {
      expect(() => responseOf('1').json(schema as never)).toThrow(invalid);
    }
    expect(() => responseOf('1').json(slowLength)).toThrow(invalid);
  });
});

describe('HttpHeaders', () => {
  const headers = new HttpHeaders({ 'content-type': 'a', link: ['b', 'c'] });

  it('finds a header in any case, and joins a repeated one', () => {
    expect(headers.get('Content-Type')).toBe('a');
    expect(headers.get('LINK')).toBe('b, c');
    expect(headers.has('link')).toBe(true);
  });

  it('has nothing that was not sent', () => {
    for (const name of ['x', 'constructor', '__proto__', 'toString']) {
      expect([headers.get(name), headers.getAll(name), headers.has(name)]).toEqual([null, [], false]);
    }
  });

  it('iterates over every value', () => {
    expect([...headers]).toEqual([
      ['content-type', 'a'],
      ['link', 'b'],
      ['link', 'c'],
    ]);
  });
});
