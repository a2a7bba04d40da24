import { truncateSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import fastifyMultipart from '@fastify/multipart';
import Fastify from 'fastify';
import { FormData as UndiciFormData } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';

import { bodyOf } from '../../../src/http-client/bodies/body-of.ts';
import { file } from '../../../src/http-client/bodies/file.ts';
import { type HttpMultipart, part } from '../../../src/http-client/bodies/multipart.ts';
import type { OutgoingBody } from '../../../src/http-client/bodies/request-body.ts';
import { failureOf } from '../both-modes.ts';
import { deferred, startServer } from '../servers.ts';
import { type Received, startReceiver } from './receive.ts';
import { send } from './send.ts';

interface Field {
  name: string;
  text: string;
  filename?: string;
  type: string;
}

for (const green of [true, false]) {
  describe(`multipart, sent ${green ? 'in a context' : 'with promises'}`, () => {
    it('has fields, files and streams, which a server can read', async () => {
      const path = await temporaryFile('from disk');
      const multipart: HttpMultipart = {
        text: 'ä',
        number: 1,
        flags: [true, false],
        none: null,
        missing: undefined,
        bytes: Buffer.from('bytes'),
        blob: new Blob(['blob'], { type: 'image/png' }),
        named: new File(['named'], 'n.txt', { type: 'text/plain' }),
        disk: file(path, { type: 'text/x' }),
        disk2: file(pathToFileURL(path), { filename: 'other.bin' }),
        stream: part(Readable.from(['st', '', 'ream']), { filename: 's' }),
        iterable: part(['iter', 'able'].values(), { type: 'text/i' }),
        anew: part(() => new Set(['a', 'new'])),
        form: part(new URLSearchParams({ a: '1' })),
        empty: '',
      };
      const [fields, { headers }] = await sendAndParse(green, multipart);
      expect(fields).toEqual([
        { name: 'text', text: 'ä', type: 'text/plain' },
        { name: 'number', text: '1', type: 'text/plain' },
        { name: 'flags', text: 'true', type: 'text/plain' },
        { name: 'flags', text: 'false', type: 'text/plain' },
        { name: 'bytes', text: 'bytes', filename: 'blob', type: 'application/octet-stream' },
        { name: 'blob', text: 'blob', filename: 'blob', type: 'image/png' },
        { name: 'named', text: 'named', filename: 'n.txt', type: 'text/plain' },
        { name: 'disk', text: 'from disk', filename: 'file.bin', type: 'text/x' },
        { name: 'disk2', text: 'from disk', filename: 'other.bin', type: 'application/octet-stream' },
        { name: 'stream', text: 'stream', filename: 's', type: 'application/octet-stream' },
        { name: 'iterable', text: 'iterable', type: 'text/i' },
        { name: 'anew', text: 'anew', type: 'text/plain' },
        { name: 'form', text: 'a=1', type: 'application/x-www-form-urlencoded' },
        { name: 'empty', text: '', type: 'text/plain' },
      ]);
      expect([headers['transfer-encoding'], headers['content-length']]).toEqual(['chunked', undefined]);
    });

    it('announces its length where that is known', async () => {
      const large = Buffer.alloc(5_000_000, 'large');
      const path = await temporaryFile(large);
      for (const content of [large, new Blob([large]), file(path)]) {
        const [fields, { headers, bytes }] = await sendAndParse(green, { a: 'b', large: content });
        expect(fields[1]?.text === large.toString()).toBe(true);
        expect([headers['transfer-encoding'], headers['content-length']]).toEqual([undefined, String(bytes.length)]);
      }
    });

    it('sends a missing file, a directory or an unreadable path not at all', async () => {
      const { url, requests } = await startServer((_, response) => response.end());
      const there = await temporaryFile('x');
      for (const path of [`${there}-secret`, join(there, 'secret'), join(there, '..')]) {
        for (const options of [{ multipart: { a: file(path) } }, { body: file(path) }]) {
          const error = await failureOf(send(green, url, options));
          expect(error).toMatchObject({ code: 'GREEN_ERR_OPT_INVALID' });
          expect(error.message).toMatch(/^The path of file\(\) must be that of a file(;| that can be read \(ENO)/);
          expect(error.message).not.toContain('secret');
        }
      }
      expect(requests).toBe(0);
    });

    it('fails, and does not hang, when a file shrinks after it was looked at', async () => {
      const { url, received } = await startReceiver();
      const path = await temporaryFile(Buffer.alloc(1_000_000));
      const wrap = (opened: OutgoingBody) => {
        truncateSync(path, 10);
        return opened;
      };
      const { failure } = await send(green, url, { multipart: { a: 'b', c: file(path) } }, { wrap });
      expect(failure).toMatchObject({ code: 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH' });
      expect(received).toEqual([]);
    });

    it('closes the part that is being read, when the request ends', async () => {
      const begun = deferred();
      const { url } = await startServer((request) => request.once('data', () => begun.resolve()));
      const stalled = new Readable({ read() {} });
      stalled.push('x');
      const closed = new Promise((resolve) => stalled.once('close', resolve));
      const multipart = { a: part(stalled, { filename: 'x' }), ...(green ? { b: part(() => new Set(['y'])) } : {}) };
      const { failure } = await send(green, url, { multipart }, { abortAfter: begun.promise });
      expect(failure).toBe('aborted');
      await closed;
    });

    it('fails with the error of a part', async () => {
      const { url, received } = await startReceiver();
      const own = new Error('mine');
      const failing = Readable.from(
        (async function* () {
          yield 'x';
          throw own;
        })(),
      );
      const { failure, bodyFailure } = await send(green, url, { multipart: { a: part(failing) } });
      expect([failure, bodyFailure]).toEqual([own, own]);
      expect(received).toEqual([]);
    });
  });
}

describe('multipart', () => {
  it('can be pairs, a Map, and a FormData of any copy', async () => {
    const builtin = new FormData();
    builtin.append('a', '1');
    builtin.append('b', new Blob(['x'], { type: 'text/b' }));
    builtin.append('a', new File(['y'], 'y.txt'));
    const undici = new UndiciFormData();
    undici.append('a', '1');
    undici.append('b', new Blob(['x'], { type: 'text/b' }));
    undici.append('a', new File(['y'], 'y.txt'));
    const pairs: [string, string | Blob][] = [
      ['a', '1'],
      ['b', new Blob(['x'], { type: 'text/b' })],
      ['a', new File(['y'], 'y.txt')],
    ];
    const expected = [
      { name: 'a', text: '1', type: 'text/plain' },
      { name: 'b', text: 'x', filename: 'blob', type: 'text/b' },
      { name: 'a', text: 'y', filename: 'y.txt', type: 'application/octet-stream' },
    ];
    for (const multipart of [pairs, builtin, undici as HttpMultipart]) {
      expect((await sendAndParse(true, multipart))[0]).toEqual(expected);
    }
    expect((await sendAndParse(true, new Map(pairs.slice(0, 2))))[0]).toEqual(expected.slice(0, 2));

    const { url, received } = await startReceiver();
    await send(false, url, { body: builtin });
    expect(await fieldsOf(received[0] as Received)).toEqual(expected);
  });

  it('escapes names and filenames so that they end where they should', async () => {
    const { url, received } = await startReceiver();
    const name = 'a"\r\nx: y\n\r--ü';
    await send(true, url, { multipart: { [name]: part('v', { filename: '"q"\n\r\n✓\\' }) } });
    expect(received[0]?.text).toContain(
      'content-disposition: form-data; name="a%22%0D%0Ax: y%0D%0A%0D%0A--ü"; filename="%22q%22%0A%0D%0A✓\\"\r\n',
    );
    expect(await fieldsOf(received[0] as Received)).toMatchObject([{ text: 'v' }]);
  });

  it('leaves values as they are, and takes further headers', async () => {
    const { url, received } = await startReceiver();
    const headers = { 'X-One': 'é', 'x-two': ['a', 'b'] };
    await send(true, url, { multipart: { a: part('line\nline\r', { type: 'text/a', headers }) } });
    const boundary = /boundary=(.*)$/.exec(received[0]?.headers['content-type'] ?? '')?.[1];
    expect(received[0]?.text).toBe(
      `--${boundary}\r\ncontent-disposition: form-data; name="a"\r\nx-one: é\r\nx-two: a\r\nx-two: b\r\ncontent-type: text/a\r\n\r\n` +
        `line\nline\r\r\n--${boundary}--\r\n`,
    );
  });

  it('can be sent again if all its parts can, and has a boundary of its own', async () => {
    const again = bodyOf({ multipart: { a: 'b', c: file('x'), d: part(() => Readable.from(['e'])) } });
    const once = bodyOf({ multipart: { a: 'b', c: part(Readable.from(['e'])) } });
    expect([again?.replayable, once?.replayable]).toEqual([true, false]);
    expect(again?.contentType).not.toBe(once?.contentType);
    const inMemory = bodyOf({ multipart: { a: 'b' } });
    expect(inMemory?.open(true)).toEqual(inMemory?.open(false));
  });

  it('refuses what is no multipart, without showing it', () => {
    const secret = { secret: 1 };
    const bad: unknown[] = [
      'secret',
      null,
      1,
      [['a']],
      [[1, 'secret']],
      { a: secret },
      { a: ['x', secret] },
      new Date(),
    ];
    bad.push({ a: () => 'secret' }, { a: Symbol('secret') }, { a: part(secret as never) });
    for (const options of [
      { headers: { 'x\n': 'secret' } },
      { headers: { x: 'secret\r\n' } },
      { headers: { 'Content-Type': 'secret' } },
      { headers: { 'content-disposition': 'secret' } },
      { type: 'secret\r\n' },
      { type: 1 },
      { filename: 1 },
      { fileName: 'secret' },
    ]) {
      bad.push({ a: part('x', options as never) });
    }
    for (const multipart of bad) {
      expect(() => bodyOf({ multipart: multipart as HttpMultipart })).toThrow(
        expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID', message: expect.not.stringContaining('secret') }),
      );
    }
  });

  it('refuses a stream that is used already', () => {
    expect(() => bodyOf({ multipart: { a: part(Readable.from(['x']).destroy()) } })).toThrow(/already used/);
  });
});

describe('file()', () => {
  it('refuses what is no path, or bad options', () => {
    for (const path of ['', 1, null, new URL('http://secret/'), new URL('file://secret/a')])
      expect(() => file(path as string)).toThrow(/^The path of file\(\) must be a path or a file: URL\.$/);
    expect(() => file('x', { filename: 1 as never })).toThrow(/file\(\) filename must be a string/);
    expect(() => file('x', { type: {} as never })).toThrow(/file\(\) type must be a string/);
    expect(() => file('x', { name: 'y' } as never)).toThrow(/file\(\) options must be made of filename, type/);
  });

  it('is a whole body, too, with the size it has when it is sent', async () => {
    const { url, received } = await startReceiver();
    const path = await temporaryFile('one');
    const options = { body: file(path, { type: 'text/x' }) };
    await send(true, url, options);
    await writeFile(path, 'three');
    await send(false, url, options);
    await writeFile(path, '');
    await send(false, url, options);
    expect(received.map(({ headers, text }) => [headers['content-type'], headers['content-length'], text])).toEqual([
      ['text/x', '3', 'one'],
      ['text/x', '5', 'three'],
      ['text/x', '0', ''],
    ]);
  });
});

async function sendAndParse(green: boolean, multipart: HttpMultipart): Promise<[Field[], Received]> {
  const { url, received } = await startReceiver();
  expect(await send(green, url, { multipart })).toMatchObject({ status: 200, failure: undefined });
  return [await fieldsOf(received[0] as Received), received[0] as Received];
}

/** As a Fastify server reads it. */
async function fieldsOf({ headers, bytes }: Received): Promise<Field[]> {
  const fields: Field[] = [];
  const app = Fastify();
  onTestFinished(() => app.close());
  await app.register(fastifyMultipart, { limits: { fileSize: 1e9 } });
  app.post('/', async (request) => {
    for await (const one of request.parts()) {
      const { fieldname: name, mimetype: type } = one;
      if (one.type === 'field') fields.push({ name, text: String(one.value), type });
      else fields.push({ name, text: (await one.toBuffer()).toString(), filename: one.filename, type });
    }
    return '';
  });
  const { statusCode } = await app.inject({
    method: 'POST',
    url: '/',
    headers: { 'content-type': headers['content-type'] },
    payload: bytes,
  });
  expect(statusCode).toBe(200);
  return fields;
}

async function temporaryFile(content: string | Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'file.bin');
  await writeFile(path, content);
  return path;
}
