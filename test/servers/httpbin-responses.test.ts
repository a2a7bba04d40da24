// httpbin's responses: statuses, charsets, streams, slow ones, cached ones, ranges and pages.

import { expect } from 'vitest';

import { failureOf, inBothModes } from '../http-client/both-modes.ts';
import { collect, follow } from './support/answers.ts';
import { startHttpbin } from './support/httpbin.ts';
import { serverSuite } from './support/server-suite.ts';

serverSuite('httpbin answers with', ['httpbin'], { httpbin: startHttpbin }, (servers) => {
  inBothModes('every status', async (ask) => {
    const baseUrl = servers.httpbin.url;
    for (const status of [200, 201, 204, 304, 400, 404, 418, 429, 500, 503]) {
      const response = await ask((client) => client.get(`/status/${status}`), { baseUrl });
      expect([response.status, response.ok]).toEqual([status, status < 300]);
    }
  });

  inBothModes('text, JSON, bytes and an image', async (ask) => {
    const get = (path: string) => ask((client) => client.get(servers.httpbin.url + path));
    // Debian's /encoding/utf8 has lost its text.
    expect((await get('/encoding/utf8')).headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect((await get('/base64/R3LDtsOfZSDigqw=')).text()).toBe('Größe €');
    expect((await get('/user-agent')).json()).toEqual({ 'user-agent': 'greenroom' }); // Debian's has no /json
    expect((await get('/html')).text()).toContain('Herman Melville');
    const first = (await get('/bytes/5000?seed=7')).bytes();
    expect(first.length).toBe(5000);
    expect(Buffer.compare(first, (await get('/bytes/5000?seed=7')).bytes())).toBe(0);
    const image = await get('/image/png');
    expect(image.headers.get('content-type')).toBe('image/png');
    expect(image.bytes().subarray(1, 4).toString()).toBe('PNG');
    expect(await failureOf(get('/html').then((response) => response.json()))).toMatchObject({
      code: 'GREEN_ERR_HTTP_DECODE',
    });
  });

  inBothModes('the headers it was told', async (ask) => {
    const params = { 'x-one': 'a b', 'x-many': ['1', '2'], 'content-type': 'text/plain; charset=latin1' };
    const { headers } = await ask((client) => client.get(`${servers.httpbin.url}/response-headers`, { params }));
    expect([headers.get('x-one'), headers.get('x-many')]).toEqual(['a b', '1, 2']);
  });

  inBothModes('a stream of lines', async (ask) => {
    const url = `${servers.httpbin.url}/stream/20`;
    const lines = await ask((client) =>
      follow(client.get(url, { stream: true }), (stream) => collect<string>(stream.iterLines())),
    );
    expect(lines.map((line) => (JSON.parse(line) as { id: number }).id)).toEqual(
      Array.from({ length: 20 }, (_, id) => id),
    );
  });

  inBothModes('a stream of bytes, in pieces of any size', async (ask) => {
    const url = `${servers.httpbin.url}/stream-bytes/10000?seed=1&chunk_size=300`;
    const whole = (await ask((client) => client.get(url))).bytes();
    const pieces = await ask((client) =>
      follow(client.get(url, { stream: true }), (stream) => collect<Uint8Array>(stream.iterBytes(4096))),
    );
    expect(pieces.map(({ length }) => length)).toEqual([4096, 4096, 10_000 - 2 * 4096]);
    expect(Buffer.compare(whole, Buffer.concat(pieces))).toBe(0);
  });

  inBothModes('drops, all of which arrive', async (ask) => {
    const response = await ask((client) => client.get(`${servers.httpbin.url}/drip?duration=0.2&numbytes=5&code=202`));
    expect([response.status, response.text()]).toEqual([202, '*****']);
  });

  inBothModes('headers later than they are waited for', async (ask) => {
    const url = `${servers.httpbin.url}/delay/10`;
    const headers = await failureOf(ask((client) => client.get(url), { timeout: { headers: 300 } }));
    expect(headers).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', phase: 'headers', timeout: 'headers', limit: 300 });
    const total = await failureOf(ask((client) => client.get(url), { timeout: { total: 1000 } }));
    expect(total).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', phase: 'headers', timeout: 'total', limit: 1000 });
    const short = await failureOf(ask((client) => client.get(url), { timeout: 200 }));
    expect(short).toMatchObject({ timeout: 'total', limit: 200 });
  });

  inBothModes('a body later than it is waited for', async (ask) => {
    const url = `${servers.httpbin.url}/drip?duration=20&numbytes=2`;
    const body = await failureOf(ask((client) => client.get(url), { timeout: { body: 300 } }));
    expect(body).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', phase: 'body', timeout: 'body', limit: 300 });
    const streamed = await failureOf(
      ask((client) => follow(client.get(url, { stream: true }), (stream) => stream.text()), { timeout: { body: 300 } }),
    );
    expect(streamed).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', phase: 'body' });
  });

  inBothModes('304 to who has it already', async (ask) => {
    const { url } = servers.httpbin;
    const first = await ask((client) => client.get(`${url}/etag/abc`));
    expect([first.status, first.headers.get('etag')]).toEqual([200, 'abc']);
    const again = await ask((client) => client.get(`${url}/etag/abc`, { headers: { 'if-none-match': 'abc' } }));
    expect(again.status).toBe(304);
    const other = await ask((client) => client.get(`${url}/etag/abc`, { headers: { 'if-match': '"other"' } }));
    expect(other.status).toBe(412);
    const since = { headers: { 'if-modified-since': new Date(0).toUTCString() } };
    expect((await ask((client) => client.get(`${url}/cache`, since))).status).toBe(304);
    expect((await ask((client) => client.get(`${url}/cache/60`))).headers.get('cache-control')).toBe(
      'public, max-age=60',
    );
  });

  inBothModes('a range', async (ask) => {
    const url = `${servers.httpbin.url}/range/26`;
    const part = await ask((client) => client.get(url, { headers: { range: 'bytes=2-5' } }));
    expect([part.status, part.text(), part.headers.get('content-range')]).toEqual([206, 'cdef', 'bytes 2-5/26']);
    expect((await ask((client) => client.get(url))).text()).toBe('abcdefghijklmnopqrstuvwxyz');
  });

  inBothModes('pages', async (ask) => {
    const { url } = servers.httpbin;
    // Its links are in the page, not in a header; the number that is no link is the page's own.
    const pages = {
      items: (response: { text(): string }) => [/(?:body>| )(\d) /.exec(response.text())?.[1]],
      next: (response: { text(): string }) => {
        const next = /> *\d <a href='([^']+)'/.exec(response.text())?.[1];
        return next === undefined ? null : url + next;
      },
    };
    const items = await ask((client) => collect<string | undefined>(client.paginate(`${url}/links/3/0`, pages)));
    expect(items).toEqual(['0', '1', '2']);
  });
});
