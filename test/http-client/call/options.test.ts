// Options that change what a whole call gives.

import { gzipSync } from 'node:zlib';
import { describe, expect } from 'vitest';

import { startServer } from '../servers.ts';
import { inEachMode } from './modes.ts';

describe('a URL', () => {
  inEachMode('has its names filled in, escaped', async ({ newClient, call }) => {
    const { url } = await startServer((request, response) => response.end(request.url));
    const client = newClient({ baseUrl: url, params: { key: 'k' } });
    const path = { id: 7, name: 'a/b?c#d é' };
    expect((await call(() => client.get('/users/{id}/{name}.json', { path }))).text()).toBe(
      '/users/7/a%2Fb%3Fc%23d%20%C3%A9.json?key=k',
    );
  });
});

describe('a compressed response', () => {
  inEachMode('is neither asked for nor decoded without `decompress`', async ({ newClient, call }) => {
    const { url } = await startServer((request, response) => {
      response.setHeader('x-accept', request.headers['accept-encoding'] ?? 'none');
      response.setHeader('content-encoding', 'gzip').end(gzipSync('text'));
    });
    const decoded = await call(() => newClient().get(url));
    expect([decoded.text(), decoded.headers.get('x-accept')]).toEqual(['text', expect.stringContaining('gzip')]);
    for (const raw of [
      await call(() => newClient({ decompress: false }).get(url)),
      await call(() => newClient().get(url, { decompress: false })),
    ]) {
      expect([raw.bytes(), raw.headers.get('x-accept')]).toEqual([gzipSync('text'), 'none']);
    }
  });
});

describe('throwOnError', () => {
  inEachMode('throws for 400 and more, of the request over that of the client', async ({ newClient, call }) => {
    const { url } = await startServer((request, response) => {
      response.writeHead(Number(request.url?.slice(1))).end('why');
    });
    const client = newClient({ throwOnError: true });
    for (const status of [204, 299, 304, 399]) {
      expect((await call(() => client.get(`${url}/${status}`))).status).toBe(status);
    }
    await expect(call(() => client.get(`${url}/400`))).rejects.toMatchObject({
      code: 'GREEN_ERR_HTTP_STATUS',
      status: 400,
      response: expect.objectContaining({ status: 400 }),
    });
    await expect(call(() => client.get(`${url}/503`, { stream: true }))).rejects.toMatchObject({ status: 503 });
    expect((await call(() => client.get(`${url}/404`, { throwOnError: false }))).text()).toBe('why');
  });
});
