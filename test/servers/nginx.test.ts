// nginx: redirects, compression, passwords, retries, uploads, ranges and a unix socket.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { HttpResponse } from '../../src/http-client/index.ts';
import { failureOf, inBothModes } from '../http-client/both-modes.ts';
import { CREDENTIALS, USER } from './support/account.ts';
import { follow, inTurn } from './support/answers.ts';
import { HELLO, LARGE, TEXT } from './support/htdocs.ts';
import { startNginx } from './support/nginx.ts';
import { serverSuite } from './support/server-suite.ts';

serverSuite('nginx', ['nginx'], { nginx: startNginx }, (servers) => {
  inBothModes('serves a file, compressed or not', async (ask) => {
    const { url } = servers.nginx;
    const plain = await ask((client) => client.get(`${url}/large.bin`));
    expect(Buffer.compare(plain.bytes(), LARGE)).toBe(0);
    const packed = await ask((client) => client.get(`${url}/gzip/text.txt`));
    expect(packed.text()).toBe(TEXT);
    const head = await ask((client) => client.head(`${url}/large.bin`));
    expect(head.headers.get('content-length')).toBe(`${LARGE.length}`);
    expect(head.bytes().length).toBe(0);
  });

  inBothModes('answers a question for a range, and one for news', async (ask) => {
    const { url } = servers.nginx;
    const part = await ask((client) => client.get(`${url}/large.bin`, { headers: { range: 'bytes=1000-1999' } }));
    expect(part.status).toBe(206);
    expect(Buffer.compare(part.bytes(), LARGE.subarray(1000, 2000))).toBe(0);
    const etag = part.headers.get('etag');
    const same = await ask((client) => client.get(`${url}/large.bin`, { headers: { 'if-none-match': etag } }));
    expect(same.status).toBe(304);
  });

  inBothModes('saves a stream to a file', async (ask) => {
    const directory = mkdtempSync(join(tmpdir(), 'greenroom-save-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, 'large.bin');
    const saved = await ask((client) =>
      follow(client.get(`${servers.nginx.url}/large.bin`, { stream: true }), (stream) => stream.saveTo(path)),
    );
    expect(saved).toBe(LARGE.length);
    expect(Buffer.compare(readFileSync(path), LARGE)).toBe(0);
  });

  inBothModes('is asked through a unix socket', async (ask) => {
    const options = { socketPath: servers.nginx.socketPath, baseUrl: 'http://some.name' };
    const response = await ask((client) => client.get('/about'), options);
    expect(response.text()).toBe('HTTP/1.1 GET some.name ');
  });

  inBothModes('wants a password', async (ask) => {
    const url = `${servers.nginx.url}/private/hello.txt`;
    expect((await ask((client) => client.get(url))).status).toBe(401);
    expect((await ask((client) => client.get(url, { auth: [USER, 'wrong'] }))).status).toBe(401);
    expect((await ask((client) => client.get(url, { auth: CREDENTIALS }))).text()).toBe(HELLO);
    expect((await ask((client) => client.get(url), { auth: { basic: CREDENTIALS } })).text()).toBe(HELLO);
  });

  inBothModes('redirects, by relative URLs and unescaped ones too', async (ask) => {
    const { url } = servers.nginx;
    for (const path of ['/redirect', '/redirect/relative']) {
      const response = await ask((client) => client.get(url + path));
      expect(response.text()).toBe(HELLO);
      expect(response.url).toBe(`${url}/hello.txt`);
      expect(response.history.map((hop) => [hop.status, hop.url])).toEqual([[302, url + path]]);
    }
    expect((await ask((client) => client.get(`${url}/redirect/utf8`))).text()).toBe('café');
    const unfollowed = await ask((client) => client.get(`${url}/redirect`, { redirects: false }));
    expect(unfollowed.status).toBe(302);
  });

  inBothModes('redirects in a circle', async (ask) => {
    const failure = await failureOf(ask((client) => client.get(`${servers.nginx.url}/loop`), { redirects: 10 }));
    expect(failure).toMatchObject({ code: 'GREEN_ERR_HTTP_TOO_MANY_REDIRECTS', limit: 10 });
  });

  inBothModes('gets a body again after a 307, and none after a 303', async (ask) => {
    const { url } = servers.nginx;
    const put = await ask((client) => client.put(`${url}/moved/text.txt`, { body: TEXT }));
    expect([201, 204]).toContain(put.status);
    expect((await ask((client) => client.get(`${url}/uploads/text.txt`))).text()).toBe(TEXT);
    const seen = await ask((client) => client.post(`${url}/see-other/`, { body: TEXT }));
    expect(seen.text()).toMatch(/^HTTP\/1.1 GET /);
  });

  inBothModes('takes a stream of unknown length', async (ask) => {
    const url = `${servers.nginx.url}/uploads/large.bin`;
    const responses = await ask<HttpResponse[]>((client) =>
      inTurn(
        client,
        () => client.put(url, { body: chunks() }),
        () => client.get(url),
        () => client.delete(url),
      ),
    );
    expect(Buffer.compare(responses[1]?.bytes() ?? Buffer.of(), LARGE)).toBe(0);
    expect(responses.map(({ ok }) => ok)).toEqual([true, true, true]);
  });

  inBothModes('refuses what is too large', async (ask) => {
    const { url, tlsUrl, certificates } = servers.nginx;
    expect((await ask((client) => client.post(`${url}/small`, { body: 'x'.repeat(2000) }))).status).toBe(413);
    // Answered before it is sent whole.
    for (const body of [LARGE, chunks]) {
      for (const origin of [url, tlsUrl]) {
        const options = { http2: true, tls: { ca: certificates.ca } };
        const response = await ask((client) => client.put(`${origin}/small-uploads/large.bin`, { body }), options);
        expect(response.status).toBe(413);
      }
    }
  });

  inBothModes('is busy, and asked again when it said', async (ask) => {
    const { url } = servers.nginx;
    const busy = await ask((client) => client.get(`${url}/busy`));
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '1']);
    const served = await ask((client) => client.get(`${url}/busy`), { retry: { limit: 2 } });
    expect(served.text()).toBe('request 2');
    const later = await ask((client) => client.get(`${url}/always-busy`), { retry: { limit: 2 } });
    expect(later.status).toBe(429); // in an hour: too late
    const post = await ask((client) => client.post(`${url}/busy`), { retry: { limit: 2 } });
    expect(post.status).toBe(429);
  });

  inBothModes('answers with errors', async (ask) => {
    const { url } = servers.nginx;
    const teapot = await ask((client) => client.get(`${url}/teapot`));
    expect([teapot.status, teapot.ok, teapot.text()]).toEqual([418, false, 'short and stout']);
    const failure = await failureOf(
      ask((client) => follow(client.get(`${url}/broken`), (response) => response.raiseForStatus())),
    );
    expect(failure).toMatchObject({ code: 'GREEN_ERR_HTTP_STATUS', status: 500 });
    expect((await ask((client) => client.get(`${url}/unavailable`), { retry: { limit: 1, backoff: 1 } })).status).toBe(
      503,
    );
  });

  inBothModes('sends a hundred headers, and cookies each for its path', async (ask) => {
    const { url } = servers.nginx;
    const { headers } = await ask((client) => client.get(`${url}/many-headers`));
    expect(headers.get('x-99')).toBe('x'.repeat(100));
    const cookies = await ask((client) => client.get(`${url}/cookies`), { cookies: true });
    expect(cookies.text()).toMatch(/cookie=(a=1; b=2|b=2; a=1) /);
    const none = await ask((client) => client.get(`${url}/cookies`), { cookies: false });
    expect(none.text()).toContain('cookie= ');
  });
});

function* chunks(): Generator<Uint8Array> {
  for (let offset = 0; offset < LARGE.length; offset += 50_000) yield LARGE.subarray(offset, offset + 50_000);
}
