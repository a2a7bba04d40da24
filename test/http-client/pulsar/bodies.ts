// What is sent: JSON, forms, files, iterators.

import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';

import { file, type HttpBodyInput, type HttpMultipart, part } from '../../../src/http-client/index.ts';
import { wait } from '../../../src/pool/index.ts';
import { type Echo, MAX_UPLOAD_BYTES } from './httpbin.ts';
import type { Declare } from './visits.ts';

const FIELDS = { bla: 'foo', unz: 'whatz', numero: [1, 2] };
const ECHOED_FIELDS = { bla: ['foo'], unz: ['whatz'], numero: ['1', '2'] };
const MULTIPART = /^multipart\/form-data; boundary=/;

export function bodies(it: Declare): void {
  it('posts JSON', async ({ open }) => {
    const echo = (await open().ask((client) => client.post('echo', { json: FIELDS }))).json<Echo>();
    expect(echo.headers['content-type']).toBe('application/json');
    expect(JSON.parse(echo.data)).toEqual(FIELDS);
  });

  it('posts a form, with lists', async ({ open }) => {
    const echo = (await open().ask((client) => client.post('echo', { form: FIELDS }))).json<Echo>();
    expect(echo.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(echo.form).toEqual(ECHOED_FIELDS);
  });

  it('posts fields as multipart', async ({ open }) => {
    const echo = (await open().ask((client) => client.post('echo', { multipart: FIELDS }))).json<Echo>();
    expect(echo.headers['content-type']).toMatch(MULTIPART);
    expect([echo.form, echo.files]).toEqual([ECHOED_FIELDS, {}]);
  });

  it('uploads files beside fields', async ({ open }) => {
    const session = open();
    const multipart: HttpMultipart = { ...FIELDS, test: part('simple file', { filename: 'test' }) };
    for (const method of ['post', 'put'] as const) {
      const echo = (await session.ask((client) => client[method]('upload', { multipart }))).json<Echo>();
      expect(echo).toMatchObject({ method: method.toUpperCase(), form: ECHOED_FIELDS });
      expect(echo.headers['content-type']).toMatch(MULTIPART);
      expect(echo.files['test']).toEqual([
        { filename: 'test', type: 'application/octet-stream', base64: btoa('simple file') },
      ]);
    }
  });

  it('uploads several images under one name, from memory and from the disk', async ({ open }) => {
    const bytes = Uint8Array.from({ length: 1024 }, (_, at) => at); // every byte, line breaks among them
    const path = new URL(import.meta.url);
    const images = [
      part(bytes, { filename: 'a.png', type: 'image/png' }),
      file(path, { filename: 'b.ico', type: 'image/x-icon' }),
    ];
    const { files } = (await open().ask((client) => client.put('upload', { multipart: { images } }))).json<Echo>();
    expect(files['images']).toEqual([
      { filename: 'a.png', type: 'image/png', base64: Buffer.from(bytes).toString('base64') },
      { filename: 'b.ico', type: 'image/x-icon', base64: await readFile(path, 'base64') },
    ]);
  });

  it('uploads a large file', async ({ open }) => {
    const content = 'A'.repeat(65_536) + 'B'.repeat(1024);
    const multipart: HttpMultipart = { ...FIELDS, test: part(content, { filename: 'large' }) };
    const echo = (await open().ask((client) => client.put('upload', { multipart }))).json<Echo>();
    expect(atob(echo.files['test']?.[0]?.base64 ?? '')).toBe(content);
    expect(echo.form).toEqual(ECHOED_FIELDS);
  });

  it('gives the answer to a file that is too large', async ({ open }) => {
    const session = open();
    const multipart: HttpMultipart = { test: part('A'.repeat(MAX_UPLOAD_BYTES + 4096), { filename: 'too large' }) };
    const response = await session.ask((client) => client.put('upload', { multipart }));
    expect([response.status, response.statusText, response.text()]).toEqual([413, 'Payload Too Large', 'Too large']);
    expect((await session.ask((client) => client.get('plaintext'))).status).toBe(200);
  });

  it('sends what a generator yields, which may wait', async ({ open }) => {
    const session = open();
    const later = (): Promise<string> => sleep(1, 'f'.repeat(100));
    const body: HttpBodyInput = session.green
      ? (function* () {
          yield 'a'.repeat(100);
          yield wait(later());
          yield 'z'.repeat(100);
        })()
      : (async function* () {
          yield 'a'.repeat(100);
          yield await later();
          yield 'z'.repeat(100);
        })();
    const headers = { 'content-type': 'text/plain' };
    const response = await session.ask((client) => client.post('raw', { headers, body }));
    expect(response.text()).toMatch(/^a{100}f{100}z{100}$/);
    expect(response.headers.get('content-type')).toBe('text/plain');
  });
}
