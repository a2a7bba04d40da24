import { describe, expect, it } from 'vitest';

import { HttpHeaders } from '../../src/http-client/http-headers.ts';
import { HttpResponse } from '../../src/http-client/http-response.ts';
import { failureOf, inBothModes } from './both-modes.ts';
import { startServer } from './servers.ts';

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

  inBothModes('does not follow redirects', async (ask) => {
    const { url } = await startServer((_, response) => response.writeHead(302, { location: '/other' }).end());
    const response = await ask((client) => client.get(url));
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

function responseOf(body: string): HttpResponse {
  const details = { method: 'GET', origin: 'http://host', path: '/path', elapsed: 1 };
  return new HttpResponse(details, 200, {}, Buffer.from(body));
}
