// `cache: true` with nginx's static files and httpbin: what is fresh is not asked for again, what is stale is checked.

import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';

import type { HttpClient, HttpRequestOptions, HttpResponse } from '../../src/http-client/index.ts';
import { type Ask, inBothModes } from '../http-client/both-modes.ts';
import { inTurn } from './support/answers.ts';
import { LARGE, TEXT } from './support/htdocs.ts';
import { startHttpbin } from './support/httpbin.ts';
import { startNginx } from './support/nginx.ts';
import { serverSuite } from './support/server-suite.ts';

const POLL = { timeout: 20_000 };

serverSuite('The cache', ['nginx', 'httpbin'], { nginx: startNginx, httpbin: startHttpbin }, (servers) => {
  inBothModes('answers for the server while a response is fresh', async (ask) => {
    const urls = [`${servers.nginx.url}/fresh/large.bin`, `${servers.httpbin.url}/cache/60`];
    for (const url of urls) {
      const [first, second] = await inCache(ask, [url], [url]);
      expect([first?.headers.get('age'), second?.headers.get('age')]).toEqual([null, expect.stringMatching(/^\d+$/)]);
      expect(second?.headers.get('x-id')).toBe(first?.headers.get('x-id')); // nginx has not seen the second
      expect(Buffer.compare(second?.bytes() ?? Buffer.of(), first?.bytes() ?? Buffer.of())).toBe(0);
    }
  });

  inBothModes('asks the server whether a stale one still holds', async (ask) => {
    const { nginx } = servers;
    const path = `/checked/text.txt?${randomUUID()}`;
    const url = nginx.url + path;
    const [first, second] = await inCache(ask, [url], [url]);
    expect([second?.status, second?.text()]).toEqual([200, TEXT]);
    expect(second?.headers.get('etag')).toBe(first?.headers.get('etag'));
    await expect.poll(() => nginx.accessLog(), POLL).toContain(`GET ${path} 304 0 OK`);
  });

  inBothModes('leaves what is asked for in part, or on a condition, to the server', async (ask) => {
    for (const directory of ['fresh', 'checked']) {
      const url = `${servers.nginx.url}/${directory}/large.bin`;
      const range = { headers: { range: 'bytes=1000-1999' } };
      const [part, whole, again] = await inCache(ask, [url, range], [url], [url, range]);
      for (const one of [part, again]) {
        expect(one?.status).toBe(206);
        expect(Buffer.compare(one?.bytes() ?? Buffer.of(), LARGE.subarray(1000, 2000))).toBe(0);
      }
      expect(Buffer.compare(whole?.bytes() ?? Buffer.of(), LARGE)).toBe(0);
      const etag = whole?.headers.get('etag') ?? '';
      const [, same, other] = await inCache(
        ask,
        [url],
        [url, { headers: { 'if-none-match': etag } }],
        [url, { headers: { 'if-none-match': '"other"' } }],
      );
      expect([same?.status, other?.status]).toEqual([304, 200]);
    }
  });

  inBothModes('is all that is asked, where that is wanted', async (ask) => {
    const url = `${servers.nginx.url}/fresh/large.bin`;
    const local = { headers: { 'cache-control': 'only-if-cached' } };
    const responses = await inCache(ask, [url, local], [url], [url, local]);
    expect(responses.map(({ status }) => status)).toEqual([504, 200, 200]);
  });

  inBothModes('forgets what was replaced', async (ask) => {
    const url = `${servers.nginx.url}/fresh-uploads/${randomUUID()}.txt`;
    const responses = await ask<HttpResponse[]>(
      (client) =>
        inTurn(
          client,
          () => client.put(url, { body: 'one' }),
          () => client.get(url),
          () => client.put(url, { body: 'two' }),
          () => client.get(url),
        ),
      { cache: true },
    );
    expect([responses[1]?.text(), responses[3]?.text()]).toEqual(['one', 'two']);
  });

  inBothModes('keeps nothing that belongs to one user', async (ask) => {
    const url = `${servers.nginx.url}/fresh/hello.txt`;
    const [first, second] = await inCache(ask, [url, { auth: ['user', 'secret'] }], [url]);
    expect(second?.headers.get('x-id')).not.toBe(first?.headers.get('x-id'));
  });
});

function inCache(ask: Ask, ...requests: [url: string, options?: HttpRequestOptions<false>][]): Promise<HttpResponse[]> {
  const call =
    ([url, options]: (typeof requests)[number]) =>
    (client: HttpClient<boolean>) =>
      client.get(url, options);
  return ask<HttpResponse[]>((client) => inTurn(client, ...requests.map((one) => () => call(one)(client))), {
    cache: true,
  });
}
