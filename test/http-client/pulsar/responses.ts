// What comes back: statuses, bodies, streams.

import { inspect } from 'node:util';
import { expect } from 'vitest';

import type { HttpResponse, HttpStream } from '../../../src/http-client/index.ts';
import { failureOf } from '../both-modes.ts';
import { type Echo, SCRIPT_MODIFIED } from './httpbin.ts';
import type { Declare } from './visits.ts';

export function responses(it: Declare): void {
  it('shows method, URL and status when inspected', async ({ site, open }) => {
    const response = await open().ask((client) => client.get('status/400?secret=1'));
    const shown = inspect(response, { breakLength: Number.POSITIVE_INFINITY });
    expect(shown).toBe(`HttpResponse { method: 'GET', url: '${site.url}/status/400', status: 400 }`);
  });

  it('decodes gzip', async ({ open }) => {
    const response = await open().ask((client) => client.get('gzip'));
    expect(response.json()).toEqual({ gzipped: true });
    expect(response.headers.get('content-encoding')).toBe('gzip');
  });

  it('reads JSON and text by their types', async ({ open }) => {
    const session = open();
    const json = await session.ask((client) => client.get('json'));
    expect([json.contentType, json.json()]).toEqual(['application/json', { message: 'Hello, World!' }]);
    const text = await session.ask((client) => client.get('plaintext'));
    expect([text.contentType, text.encoding, text.text()]).toEqual(['text/plain', 'utf-8', 'Hello, World!']);
  });

  it('reads UTF-8 in JSON', async ({ open }) => {
    const response = await open().ask((client) => client.get('utf8'));
    expect(response.json()).toEqual({ name: 'Zoë', 名: '緑', '𝄞': 'é' });
  });

  for (const [status, reason] of [
    [400, 'Bad Request'],
    [404, 'Not Found'],
  ] as const) {
    it(`gives ${status} with its body, and throws it when asked to`, async ({ open }) => {
      const session = open();
      const response = await session.ask((client) => client.get(`status/${status}`));
      expect([response.status, response.statusText, response.ok]).toEqual([status, reason, false]);
      expect(response.text()).toBe('the body of a status');
      expect(() => response.raiseForStatus()).toThrow(
        expect.objectContaining({ code: 'GREEN_ERR_HTTP_STATUS', status, response }),
      );
      expect((await session.ask((client) => client.get('echo'))).status).toBe(200);
    });
  }

  it('gives 415 to an accept header that the server cannot serve', async ({ open }) => {
    const headers = { accept: 'application/json' };
    expect((await open().ask((client) => client.get('', { headers }))).status).toBe(415);
  });

  it('gives 304, without a body, for what has not been modified', async ({ open }) => {
    const session = open();
    const whole = await session.ask((client) => client.get('script'));
    expect([whole.contentType, whole.headers.get('last-modified')]).toEqual(['text/javascript', SCRIPT_MODIFIED]);
    const headers = { 'if-modified-since': SCRIPT_MODIFIED };
    const unmodified = await session.ask((client) => client.get('script', { headers }));
    expect([unmodified.status, unmodified.text(), unmodified.headers.get('content-length')]).toEqual([304, '', null]);
  });

  it('gets a large response whole', async ({ open }) => {
    const response = await open().ask((client) => client.get('size/600000'));
    expect(response.json<{ data: string }>().data).toHaveLength(600_000);
  });

  it('gets what comes in chunks whole', async ({ open }) => {
    const session = open();
    for (const [size, count] of [
      [3000, 10],
      [100_000, 3],
    ] as const) {
      const response = await session.ask((client) => client.get(`stream/${size}/${count}`));
      expect(response.headers.get('content-length')).toBeNull();
      expect(response.bytes()).toHaveLength(size * count);
    }
  });

  it('can be read again and again, if it is whole', async ({ open }) => {
    const response: HttpResponse = await open().ask((client) => client.get('plaintext'));
    expect([response.text(), response.text(), [...response.iterBytes(5)].map(String)]).toEqual([
      'Hello, World!',
      'Hello, World!',
      ['Hello', ', Wor', 'ld!'],
    ]);
  });

  it('streams a body, which can be read once', async ({ open }) => {
    const session = open();
    const stream: HttpStream = await session.ask((client) => client.get('plaintext', { stream: true }));
    expect(stream.status).toBe(200);
    expect(await session.ask<string>(() => stream.text())).toBe('Hello, World!');
    const error = await failureOf(session.ask<string>(() => stream.text()));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_BODY_CONSUMED' });
  });

  it('streams a large body in pieces', async ({ open }) => {
    const session = open();
    const stream: HttpStream = await session.ask((client) => client.get('stream/100000/3', { stream: true }));
    const pieces = await session.collect(() => stream.iterBytes(40_000));
    expect(pieces.map(({ length }) => length)).toEqual([...Array(7).fill(40_000), 20_000]);
  });

  it('streams the echo of a streamed upload', async ({ open }) => {
    const session = open();
    const body = ['a', 'b', 'c'].map((letter) => Buffer.from(letter.repeat(1000)));
    const stream: HttpStream = await session.ask((client) => client.post('echo', { body, stream: true }));
    expect((await session.ask<Echo>(() => stream.json<Echo>())).data).toMatch(/^a{1000}b{1000}c{1000}$/);
  });
}
