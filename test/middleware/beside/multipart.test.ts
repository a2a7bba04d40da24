// @fastify/multipart: a green handler takes an upload part by part, in plain synchronous code.

import type { Readable } from 'node:stream';

import multipart, { type MultipartFile } from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';

import { wait } from '../../../src/index.ts';
import { greenServer, listen } from './green-server.ts';

const BIG = 'x'.repeat(3_000_000);

async function server(
  options: multipart.FastifyMultipartOptions | multipart.FastifyMultipartAttachFieldsToBodyOptions = {},
): Promise<FastifyInstance> {
  const app = await greenServer();
  await app.register(multipart, options);
  return app;
}

function upload(url: string, files: Record<string, string> = { small: 'small', big: BIG }): Promise<Response> {
  const form = new FormData();
  form.append('title', 'Two files');
  for (const [name, content] of Object.entries(files)) form.append(name, new Blob([content]), `${name}.txt`);
  return fetch(url, { method: 'POST', body: form });
}

/** A `for await` for synchronous code. */
function* waitEach<T>(iterable: AsyncIterable<T>): Generator<T> {
  const iterator = iterable[Symbol.asyncIterator]();
  for (let next = wait(iterator.next()); next.done !== true; next = wait(iterator.next())) yield next.value;
}

function lengthOf(stream: Readable): number {
  let length = 0;
  for (const chunk of waitEach<Buffer>(stream)) length += chunk.length;
  return length;
}

describe('@fastify/multipart', () => {
  it('gives a green handler its parts one by one, as streams', async () => {
    const app = await server({ limits: { fileSize: 10_000_000 } });
    app.post('/', { green: true }, (request) => {
      const found: Record<string, unknown> = {};
      for (const part of waitEach(request.parts())) {
        found[part.fieldname] = part.type === 'file' ? lengthOf(part.file) : part.value;
      }
      return found;
    });
    expect(await (await upload(await listen(app))).json()).toEqual({ title: 'Two files', small: 5, big: BIG.length });
  });

  it('gives a green handler a whole file', async () => {
    const app = await server();
    app.post('/', { green: true }, (request) => {
      const file = wait(request.file()) as MultipartFile;
      return { name: file.filename, content: String(wait(file.toBuffer())) };
    });
    const answer = await upload(await listen(app), { small: 'small' });
    expect(await answer.json()).toEqual({ name: 'small.txt', content: 'small' });
  });

  it('throws in the handler when a file is too large', async () => {
    const app = await server({ limits: { fileSize: 1000 } });
    app.post('/', { green: true }, (request) => {
      for (const part of waitEach(request.parts())) {
        if (part.type === 'file') wait(part.toBuffer());
      }
    });
    const answer = await upload(await listen(app));
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([413, 'FST_REQ_FILE_TOO_LARGE']);
  });

  it('attaches fields to the body before a green handler begins', async () => {
    const app = await server({ attachFieldsToBody: 'keyValues', limits: { fileSize: 10_000_000 } });
    app.post('/', { green: true }, (request) => {
      const { title, small } = request.body as { title: string; small: Buffer };
      return wait(Promise.resolve(`${title}: ${small}`));
    });
    expect(await (await upload(await listen(app))).text()).toBe('Two files: small');
  });
});
