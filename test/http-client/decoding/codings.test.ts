import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { ACCEPT_ENCODING, contentEncodings } from '../../../src/http-client/decoding/codings.ts';
import { decodeBuffered } from '../../../src/http-client/decoding/decode-buffered.ts';
import { decoders } from '../../../src/http-client/decoding/decoder-stream.ts';
import { decodingError } from '../../../src/http-client/decoding/decoding-error.ts';
import { failureOf } from '../both-modes.ts';
import { headOf, sourceOf } from '../responses/heads.ts';
import { CODERS, encoded, type Name, zstd } from './coders.ts';

const TEXT = 'All happy families are alike; each unhappy family is unhappy in its own way. '.repeat(20);
const LARGE = Buffer.from(Array.from({ length: 20_000 }, (_, i) => `${i * 7919}\n`).join(''));

type Decode = (body: Buffer, codings: ReturnType<typeof contentEncodings>, maxBytes?: number) => Promise<Buffer>;

const buffered: Decode = async (body, codings, maxBytes = 10_000_000) => decodeBuffered(body, codings, maxBytes);

/** In small chunks, whose limits are anywhere. */
const streamed: Decode = async (body, codings) => {
  const chunks: Buffer[] = [];
  const size = Math.max(1, Math.ceil(body.length / 50));
  const pieces = Array.from({ length: 50 }, (_, i) => body.subarray(i * size, (i + 1) * size));
  let stage: NodeJS.ReadableStream = sourceOf(pieces);
  for (const decoder of decoders(codings)) {
    stage.on('error', (error) => decoder.destroy(error));
    stage = stage.pipe(decoder);
  }
  for await (const chunk of stage) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const codingsOf = (name: string) => contentEncodings({ 'content-encoding': name });

describe('contentEncodings()', () => {
  it.each([
    ['gzip', ['gzip']],
    ['X-GZip', ['gzip']],
    ['identity', []],
    ['', []],
    ['deflate, gzip', ['deflate', 'gzip']],
    ['gzip , identity,br', ['gzip', 'br']],
    ['compress', []],
    ['gzip, of-my-own', []],
    ['gzip,gzip,gzip,gzip,gzip,gzip', []],
  ])('reads %j', (header, codings) => {
    expect(codingsOf(header)).toEqual(codings);
  });

  it('reads a header that came twice, and one that did not come', () => {
    expect(contentEncodings({ 'content-encoding': ['gzip', 'br'] })).toEqual(['gzip', 'br']);
    expect(contentEncodings({})).toEqual([]);
  });

  it('offers zstd where this Node detects a cut body, and knows it only there', () => {
    expect(ACCEPT_ENCODING.startsWith('gzip, deflate, br')).toBe(true);
    expect(codingsOf('zstd')).toEqual(ACCEPT_ENCODING.includes('zstd') ? ['zstd'] : []);
  });
});

describe.each([
  ['decodeBuffered()', buffered],
  ['decoders()', streamed],
])('%s', (_name, decode) => {
  it.each(CODERS)('undoes %s, small and large', async (name) => {
    expect((await decode(encoded(name, Buffer.from(TEXT)), codingsOf(name))).toString()).toBe(TEXT);
    expect(Buffer.compare(await decode(encoded(name, LARGE), codingsOf(name)), LARGE)).toBe(0);
  });

  it('undoes deflate without its header, small and large', async () => {
    for (const body of [Buffer.from(TEXT), LARGE]) {
      expect(Buffer.compare(await decode(zlib.deflateRawSync(body), codingsOf('deflate')), body)).toBe(0);
    }
  });

  it('undoes several codings, the last one first', async () => {
    for (const body of [Buffer.from(TEXT), LARGE]) {
      const coded = zlib.gzipSync(zlib.brotliCompressSync(body));
      expect(Buffer.compare(await decode(coded, codingsOf('br, gzip')), body)).toBe(0);
    }
  });

  it.each(CODERS)('leaves an empty body empty, %s', async (name) => {
    expect(await decode(Buffer.alloc(0), codingsOf(name))).toHaveLength(0);
  });

  it('reads several gzip members, and zeros after the last', async () => {
    for (const body of [Buffer.from(TEXT), LARGE]) {
      const members = Buffer.concat([zlib.gzipSync(body), zlib.gzipSync('and more'), Buffer.alloc(20)]);
      expect(Buffer.compare(await decode(members, ['gzip']), Buffer.concat([body, Buffer.from('and more')]))).toBe(0);
    }
  });

  it.runIf(zstd)('reads several zstd frames, of which Node 24 reads one', async () => {
    for (const body of [Buffer.from(TEXT), LARGE]) {
      const frames = Buffer.concat(['1', body, '2'].map((part) => encoded('zstd', Buffer.from(part as string))));
      expect((await decode(frames, ['zstd'])).toString()).toBe(`1${body}2`);
    }
  });

  it('refuses what follows gzip and is neither', async () => {
    const garbage = Buffer.concat([zlib.gzipSync(TEXT), Buffer.from('garbage')]);
    expect(await failureOf(decode(garbage, ['gzip']))).toMatchObject({ kind: 'corrupt', coding: 'gzip' });
  });

  it.each(CODERS)('refuses a cut body, %s, small and large', async (name) => {
    for (const body of [Buffer.from(TEXT), LARGE]) {
      const cut = encoded(name, body).subarray(0, -5);
      expect(await failureOf(decode(cut, codingsOf(name)))).toMatchObject({ kind: 'corrupt', coding: name });
    }
  });

  it.each(CODERS)('refuses what is not %s', async (name: Name) => {
    const error = await failureOf(decode(Buffer.from('\xffsecret text of no coding\xff'), codingsOf(name)));
    expect(error).toMatchObject({ kind: 'corrupt', coding: name, cause: expect.any(Error) });
    expect(`${error.stack}`).not.toContain('secret');
  });
});

describe('decodeBuffered()', () => {
  it('answers at once for a small body, and by a promise for a large one', async () => {
    expect(decodeBuffered(zlib.gzipSync(TEXT), ['gzip'], 10_000)).toBeInstanceOf(Buffer);
    const bomb = decodeBuffered(zlib.gzipSync(Buffer.alloc(1_000_000)), ['gzip'], 10_000_000);
    expect(bomb).toBeInstanceOf(Promise);
    expect(await bomb).toHaveLength(1_000_000);
    expect(decodeBuffered(Buffer.from('plain'), [], 1)).toEqual(Buffer.from('plain'));
  });

  it.each(CODERS)('gives up above the limit, %s', async (name) => {
    for (const size of [5000, 1_000_000]) {
      const body = encoded(name, Buffer.alloc(size));
      expect(await buffered(body, codingsOf(name), size)).toHaveLength(size);
      const error = await failureOf(buffered(body, codingsOf(name), size - 1));
      expect(error).toMatchObject({ kind: 'too-large', coding: name });
    }
    expect(await buffered(encoded(name, LARGE), codingsOf(name), Number.POSITIVE_INFINITY)).toHaveLength(LARGE.length);
  });

  it('gives up above the limit of a step in between', async () => {
    const bomb = zlib.gzipSync(zlib.gzipSync(Buffer.alloc(10_000_000)));
    expect(await failureOf(buffered(bomb, ['gzip', 'gzip'], 1000))).toMatchObject({ kind: 'too-large' });
  });
});

describe('decodingError()', () => {
  it('makes the error that users see', async () => {
    const details = headOf();
    const corrupt = decodingError(await failureOf(buffered(Buffer.from('plain text'), ['gzip'])), details, 9);
    expect(corrupt).toMatchObject({ code: 'GREEN_ERR_HTTP_CONTENT_ENCODING', cause: { code: 'Z_DATA_ERROR' } });
    const large = decodingError(await failureOf(buffered(zlib.gzipSync(TEXT), ['gzip'], 9)), details, 9);
    expect(large).toMatchObject({ code: 'GREEN_ERR_HTTP_BODY_TOO_LARGE', limit: 9 });
    const other = new Error('other');
    expect(decodingError(other, details, 9)).toBe(other);
  });
});
