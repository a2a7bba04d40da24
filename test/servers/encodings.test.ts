// Compressed bodies, as servers make them: gzip, deflate, brotli and zstd, buffered and streamed.

import * as zlib from 'node:zlib';
import { expect } from 'vitest';

import { inBothModes } from '../http-client/both-modes.ts';
import { collect, follow } from './support/answers.ts';
import { startApache } from './support/apache.ts';
import { startCaddy } from './support/caddy.ts';
import { LINES, TEXT } from './support/htdocs.ts';
import { startHttpbin } from './support/httpbin.ts';
import { startNginx } from './support/nginx.ts';
import { serverSuite } from './support/server-suite.ts';

// Node 20 has no zstd, and that of 22 takes half a body for a whole one: there it must not be asked for.
const HAS_ZSTD = Number.parseInt(process.versions.node, 10) >= 24;

const starts = { apache: startApache, caddy: startCaddy, httpbin: startHttpbin, nginx: startNginx };

serverSuite('Encodings', Object.keys(starts), starts, (servers) => {
  const urls = (): Record<string, string> => ({
    gzip: `${servers.nginx.url}/gzip/text.txt`,
    'gzip by Caddy': `${servers.caddy.url}/gzip/text.txt`,
    'gzip by Apache': `${servers.apache.url}/deflate/text.txt`,
    br: `${servers.apache.url}/brotli/text.txt`,
    zstd: `${servers.caddy.url}/zstd/text.txt`,
  });

  inBothModes('are undone', async (ask) => {
    for (const [name, url] of Object.entries(urls())) {
      const response = await ask((client) => client.get(url));
      expect(response.headers.get('content-encoding'), name).toBe(
        name === 'zstd' && !HAS_ZSTD ? null : name.split(' ')[0],
      );
      expect(response.text(), name).toBe(TEXT);
    }
  });

  inBothModes('are undone in a stream', async (ask) => {
    for (const [name, url] of Object.entries(urls())) {
      const lines = await ask((client) =>
        follow(client.get(url, { stream: true }), (stream) => collect<string>(stream.iterLines())),
      );
      expect(lines, name).toEqual(LINES);
    }
  });

  inBothModes('of httpbin are undone', async (ask) => {
    for (const [path, member] of Object.entries({ gzip: 'gzipped', deflate: 'deflated', brotli: 'brotli' })) {
      const response = await ask((client) => client.get(`${servers.httpbin.url}/${path}`));
      expect(response.json(), path).toMatchObject({ [member]: true });
    }
  });

  inBothModes('are left alone when that is wanted', async (ask) => {
    const url = `${servers.nginx.url}/gzip/text.txt`;
    const headers = { 'accept-encoding': 'gzip' };
    const response = await ask((client) => client.get(url, { headers }), { decompress: false });
    expect(zlib.gunzipSync(response.bytes()).toString()).toBe(TEXT);
    const plain = await ask((client) => client.get(url), { decompress: false }); // which asks for none
    expect([plain.headers.get('content-encoding'), plain.text()]).toEqual([null, TEXT]);
  });
});
