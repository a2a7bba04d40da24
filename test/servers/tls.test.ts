// TLS, client certificates and HTTP/2 with nginx (OpenSSL) and Caddy (Go), HTTP/2 alone with nghttpd.

import { Readable } from 'node:stream';
import { expect } from 'vitest';
import { type HttpResponse, part } from '../../src/http-client/index.ts';
import { failureOf, inBothModes } from '../http-client/both-modes.ts';
import { inTurn } from './support/answers.ts';
import { startCaddy } from './support/caddy.ts';
import { HELLO, LARGE, TEXT } from './support/htdocs.ts';
import { startNghttpd } from './support/nghttpd.ts';
import { startNginx } from './support/nginx.ts';
import { serverSuite } from './support/server-suite.ts';

serverSuite('TLS', ['nginx'], { nginx: startNginx }, (servers) => {
  inBothModes('trusts the authority it is given', async (ask) => {
    const { tlsUrl, certificates } = servers.nginx;
    const response = await ask((client) => client.get(`${tlsUrl}/large.bin`), { tls: { ca: certificates.ca } });
    expect(Buffer.compare(response.bytes(), LARGE)).toBe(0);
  });

  inBothModes('does not trust another one, nor another name, unless told to trust all', async (ask) => {
    const { tlsUrl, certificates } = servers.nginx;
    const get = (tls: object): Promise<unknown> => ask((client) => client.get(`${tlsUrl}/hello.txt`), { tls });
    expect(await failureOf(get({}))).toMatchObject({ code: 'GREEN_ERR_HTTP_TLS' });
    const other = { ca: certificates.ca, servername: 'other.example' };
    expect(await failureOf(get(other))).toMatchObject({ code: 'GREEN_ERR_HTTP_TLS' });
    expect(await get({ verify: false })).toMatchObject({ status: 200 });
  });

  inBothModes('shows its certificate', async (ask) => {
    const { mutualTlsUrl, certificates } = servers.nginx;
    const { ca, clientCert: cert, clientKey: key } = certificates;
    const known = await ask((client) => client.get(`${mutualTlsUrl}/about`), { tls: { ca, cert, key } });
    expect(known.text()).toContain('CN=greenroom client');
    const unknown = await ask((client) => client.get(`${mutualTlsUrl}/about`), { tls: { ca } });
    expect(unknown.status).toBe(400); // nginx's own answer, after the handshake
  });
});

serverSuite(
  'HTTP/2',
  ['nginx', 'caddy', 'nghttpd'],
  { nginx: startNginx, caddy: startCaddy, nghttpd: startNghttpd },
  (servers) => {
    inBothModes('is spoken if it is wanted, and offered', async (ask) => {
      const { nginx, caddy } = servers;
      for (const { tlsUrl, certificates } of [nginx, caddy]) {
        const get = (http2: boolean) =>
          ask((client) => client.get(`${tlsUrl}/about`), { http2, tls: { ca: certificates.ca } });
        expect((await get(true)).text()).toContain('HTTP/2.0');
        expect((await get(false)).text()).toContain('HTTP/1.1');
      }
      expect((await ask((client) => client.get(`${nginx.url}/about`), { http2: true })).text()).toContain('HTTP/1.1');
    });

    inBothModes('is all that nghttpd speaks', async (ask) => {
      const { url, certificates } = servers.nghttpd;
      const tls = { ca: certificates.ca };
      const options = { baseUrl: url, http2: true, tls };
      expect((await ask((client) => client.get('/hello.txt'), options)).text()).toBe(HELLO);
      expect(Buffer.compare((await ask((client) => client.get('/large.bin'), options)).bytes(), LARGE)).toBe(0);
      expect((await ask((client) => client.post('/', { body: TEXT }), options)).text()).toBe(TEXT);
      const responses = await ask<HttpResponse[]>(
        (client) => inTurn(client, ...Array.from({ length: 5 }, () => () => client.get('/text.txt'))),
        options,
      );
      expect(responses.every((response) => response.text() === TEXT)).toBe(true);
      const failure = await failureOf(ask((client) => client.get(`${url}/hello.txt`), { tls }));
      expect(failure['code']).toMatch(/^GREEN_ERR_HTTP_/);
    });

    inBothModes('takes uploads: streams, generators and forms', async (ask) => {
      const { url, certificates } = servers.nghttpd; // it echoes them
      const options = { http2: true, tls: { ca: certificates.ca } };
      const post = async (body: object): Promise<Buffer> =>
        (await ask((client) => client.post(`${url}/`, body), options)).bytes();
      function* chunks(): Generator<Uint8Array> {
        for (let offset = 0; offset < LARGE.length; offset += 50_000) yield LARGE.subarray(offset, offset + 50_000);
      }
      for (const body of [LARGE, Readable.from(chunks(), { objectMode: false }), chunks(), chunks]) {
        expect(Buffer.compare(await post({ body }), LARGE)).toBe(0);
      }
      expect((await post({ body: new Blob([TEXT]) })).toString()).toBe(TEXT);
      expect((await post({ json: { a: 1 } })).toString()).toBe('{"a":1}');
      expect((await post({ multipart: { f: part('größer', { filename: 'f.txt' }) } })).toString()).toContain('größer');
      expect((await post({ body: '' })).length).toBe(0);
    });
  },
);
