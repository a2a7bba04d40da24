// What httpbin says it was sent: methods, headers, parameters, and bodies of every kind.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, onTestFinished } from 'vitest';
import { file, part } from '../../src/http-client/index.ts';
import { inBothModes } from '../http-client/both-modes.ts';
import { LARGE, TEXT } from './support/htdocs.ts';
import { startHttpbin } from './support/httpbin.ts';
import { serverSuite } from './support/server-suite.ts';

/** httpbin's answer to /get, /post and so on, /anything. */
interface Echo {
  readonly args: Record<string, string | string[]>;
  readonly data: string;
  readonly files: Record<string, string | string[]>;
  readonly form: Record<string, string | string[]>;
  readonly headers: Record<string, string>;
  readonly json: unknown;
  readonly method: string;
  readonly url: string;
}

serverSuite('httpbin is sent', ['httpbin'], { httpbin: startHttpbin }, (servers) => {
  inBothModes('every method', async (ask) => {
    const baseUrl = servers.httpbin.url;
    for (const method of ['get', 'post', 'put', 'patch', 'delete'] as const) {
      const response = await ask((client) => client[method](`/${method}`), { baseUrl });
      expect([method, response.status]).toEqual([method, 200]);
      const { method: seen } = (await ask((client) => client[method]('/anything'), { baseUrl })).json<Echo>();
      expect(seen).toBe(method.toUpperCase());
    }
    expect((await ask((client) => client.head('/get'), { baseUrl })).bytes().length).toBe(0);
    expect((await ask((client) => client.options('/get'), { baseUrl })).headers.get('allow')).toContain('GET');
    expect((await ask((client) => client.request('TRACE', '/anything'), { baseUrl })).status).toBe(200);
    expect((await ask((client) => client.get('/post'), { baseUrl })).status).toBe(405);
  });

  inBothModes('headers and parameters', async (ask) => {
    const headers = { 'x-default': 'a', 'x-both': 'b' };
    const call = { headers: { 'x-both': 'c', 'user-agent': 'test' }, params: { one: 1, many: ['ö', '&'], none: null } };
    const response = await ask((client) => client.get('/get?zero=0', call), { baseUrl: servers.httpbin.url, headers });
    const echo = response.json<Echo>();
    expect(echo.headers).toMatchObject({ 'X-Default': 'a', 'X-Both': 'c', 'User-Agent': 'test' });
    expect(echo.args).toEqual({ zero: '0', one: '1', many: ['ö', '&'] });
  });

  inBothModes('JSON, forms, text and bytes', async (ask) => {
    const post = async (options: object): Promise<Echo> =>
      (await ask((client) => client.post(`${servers.httpbin.url}/post`, options))).json<Echo>();
    const value = { a: [1, null, 'größer'], b: { c: true } };
    expect(await post({ json: value })).toMatchObject({ json: value, headers: { 'Content-Type': 'application/json' } });
    const form = await post({ form: { a: '1 & 2', b: ['x', 'y'], c: 'größer' } });
    expect(form.form).toEqual({ a: '1 & 2', b: ['x', 'y'], c: 'größer' });
    expect((await post({ form: new URLSearchParams('q=1') })).form).toEqual({ q: '1' });
    expect((await post({ body: TEXT, headers: { 'content-type': 'text/plain' } })).data).toBe(TEXT);
    const binary = await post({ body: LARGE.subarray(0, 70_000), headers: { 'content-type': 'application/x' } });
    const [, base64] = binary.data.split(',') as [string, string];
    expect(Buffer.compare(Buffer.from(base64, 'base64'), LARGE.subarray(0, 70_000))).toBe(0);
  });

  inBothModes('streams, of known length or not', async (ask) => {
    const put = async (body: unknown): Promise<Echo> =>
      (await ask((client) => client.put(`${servers.httpbin.url}/put`, { body } as object))).json<Echo>();
    const echo = await put(Readable.from([Buffer.from('one '), Buffer.from('two')]));
    expect(echo.data).toBe('one two');
    expect(echo.headers).toMatchObject({ 'Transfer-Encoding': 'chunked' });
    function* chunks(): Generator<string> {
      for (const chunk of ['three ', '', 'fünf']) yield chunk;
    }
    expect((await put(chunks())).data).toBe('three fünf');
    expect((await put(new Blob(['blob']))).data).toBe('blob');
  });

  inBothModes('multipart forms with files', async (ask) => {
    const directory = mkdtempSync(join(tmpdir(), 'greenroom-upload-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, 'größe "1".txt');
    writeFileSync(path, TEXT);
    const multipart = { text: 'größer', number: 7, f: file(path), g: part('inline', { filename: 'g.txt' }) };
    const response = await ask((client) => client.post(`${servers.httpbin.url}/post`, { multipart }));
    const echo = response.json<Echo>();
    expect(echo.form).toEqual({ text: 'größer', number: '7' });
    expect(echo.files).toEqual({ f: TEXT, g: 'inline' });
    expect(echo.headers['Content-Type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(Number(echo.headers['Content-Length'])).toBeGreaterThan(Buffer.byteLength(TEXT));
    const data = new FormData();
    data.append('h', new Blob(['from a form']), 'h.txt');
    const again = await ask((client) => client.post(`${servers.httpbin.url}/post`, { multipart: data }));
    expect(again.json<Echo>().files).toEqual({ h: 'from a form' });
  });
});
