import { Readable } from 'node:stream';
import { describe, expect, it, test } from 'vitest';

import { type BodyOptions, bodyOf } from '../../../src/http-client/bodies/body-of.ts';
import { startReceiver } from './receive.ts';
import { send } from './send.ts';

const TEXT = 'naïve ✓';
const BYTES: Buffer = Buffer.from(TEXT);
const LENGTH = String(BYTES.length);

function* generator(): Generator<string | Uint8Array> {
  yield '';
  yield 'naï';
  yield new Uint8Array(0);
  yield new Uint8Array(Buffer.from('ve ✓'));
  yield '';
}

async function* asyncGenerator(): AsyncGenerator<string | Uint8Array> {
  for (const chunk of generator()) yield chunk;
}

function webStream(): ReadableStream {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(BYTES);
      controller.close();
    },
  });
}

// Unless the stream has ended before the head is written: undici then knows its length.
const CHUNKED = undefined;

// What it is, how it is made, the length that is announced, the type, whether it can be sent again.
type Row = [
  what: string,
  make: () => NonNullable<BodyOptions['body']>,
  string | undefined,
  string | undefined,
  boolean,
];

const BODIES: Row[] = [
  ['a string', () => TEXT, LENGTH, undefined, true],
  ['an empty string', () => '', '0', undefined, true],
  ['a Buffer', () => BYTES, LENGTH, undefined, true],
  ['a part of a buffer', () => new Uint8Array(Buffer.from(`<<${TEXT}>>`)).subarray(2, -2), LENGTH, undefined, true],
  ['an ArrayBuffer', () => new Uint8Array(BYTES).buffer as ArrayBuffer, LENGTH, undefined, true],
  ['a DataView', () => new DataView(new Uint8Array(BYTES).buffer), LENGTH, undefined, true],
  ['a Blob', () => new Blob([BYTES]), LENGTH, undefined, true],
  ['an empty Blob', () => new Blob([]), '0', undefined, true],
  ['a Blob with a type', () => new Blob([BYTES], { type: 'text/x' }), LENGTH, 'text/x', true],
  ['a Readable of bytes', () => Readable.from([BYTES], { objectMode: false }), CHUNKED, undefined, false],
  ['a Readable of objects', () => Readable.from(generator()), CHUNKED, undefined, false],
  ['a ReadableStream', webStream, CHUNKED, undefined, false],
  ['an array', () => [...generator()], LENGTH, undefined, true],
  ['a Set', () => new Set(generator()), CHUNKED, undefined, true],
  ['a class with an iterator', () => ({ [Symbol.iterator]: generator }), CHUNKED, undefined, true],
  ['a generator object', generator, CHUNKED, undefined, false],
  ['a class with an async iterator', () => ({ [Symbol.asyncIterator]: asyncGenerator }), CHUNKED, undefined, true],
  ['an async generator object', asyncGenerator, CHUNKED, undefined, false],
  ['a function that returns text', () => () => TEXT, LENGTH, undefined, true],
  ['a generator function', () => generator, CHUNKED, undefined, true],
  ['an async generator function', () => asyncGenerator, CHUNKED, undefined, true],
  ['a function that returns a stream', () => () => Readable.from(generator()), CHUNKED, undefined, true],
];

for (const green of [true, false]) {
  describe(`body, sent ${green ? 'in a context' : 'with promises'}`, () => {
    it.each(BODIES)('can be %s', async (what, make, length, type, replayable) => {
      const { url, received } = await startReceiver();
      const body = make();
      expect(await send(green, url, { body })).toMatchObject({ status: 200, failure: undefined });
      const { headers, text } = received[0] as (typeof received)[0];
      expect(text).toBe(what.includes('empty') ? '' : TEXT);
      expect(headers['content-type']).toBe(type);
      if (headers['transfer-encoding'] === 'chunked')
        expect([length, headers['content-length']]).toEqual([CHUNKED, CHUNKED]);
      else expect(headers['content-length']).toBe(length ?? LENGTH);

      if (!replayable) {
        expect(() => bodyOf({ body })).toThrow(/already used/);
        return;
      }
      expect(bodyOf({ body })?.replayable).toBe(true);
      await send(green, url, { body });
      expect(received[1]?.text).toBe(text);
    });

    it('may be an iterable that holds nothing', async () => {
      const { url, received } = await startReceiver();
      for (const body of [[], ['', ''], (function* () {})(), Readable.from([])]) await send(green, url, { body });
      expect(received.map(({ headers, text }) => [headers['content-length'], text])).toEqual(Array(4).fill(['0', '']));
    });

    it('fails for a chunk that is neither text nor bytes, and closes what gave it', async () => {
      const { url, received } = await startReceiver();
      const closed: string[] = [];
      function* chunks(): Generator<string> {
        try {
          yield 'one';
          yield 42 as unknown as string;
        } finally {
          closed.push('sync');
        }
      }
      async function* asyncChunks(): AsyncGenerator<string> {
        try {
          yield* chunks();
        } finally {
          closed.push('async');
        }
      }
      const invalid = {
        code: 'GREEN_ERR_OPT_INVALID',
        message: 'Each chunk of a body must be a string or a Uint8Array.',
      };
      for (const make of [chunks, asyncChunks, () => Readable.from(chunks())]) {
        const sent = send(green, url, { body: make() }).then(({ failure, bodyFailure }) => {
          expect(failure).toBe(bodyFailure);
          return failure;
        });
        expect(await sent.catch((error) => error)).toMatchObject(invalid);
      }
      expect(closed).toEqual(['sync', 'sync', 'async', 'sync']);
      expect(received).toEqual([]);
    });
  });
}

describe('a body already used', () => {
  it('is refused at once', async () => {
    const destroyed = Readable.from(['x']).destroy();
    const ended = Readable.from(['x']);
    for await (const _ of ended);
    const locked = webStream();
    const reader = locked.getReader();
    const read = webStream();
    for await (const _ of read);
    const disturbed = webStream();
    const once = disturbed.getReader();
    await once.read();
    once.releaseLock();
    for (const body of [destroyed, ended, locked, read, disturbed]) {
      expect(() => bodyOf({ body })).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
    }
    await reader.cancel();
  });

  it('is refused when the first request has begun to send it, not before', async () => {
    const { url } = await startReceiver();
    const body = generator();
    bodyOf({ body })?.open(true);
    bodyOf({ body })?.open(false);
    await send(false, url, { body });
    expect(() => bodyOf({ body })).toThrow(/already used/);
    expect(() => bodyOf({ multipart: [['a', 'b']], body })).toThrow(/one at a time/);
  });

  it('is refused from a function that gives the same one again', () => {
    const stream = Readable.from(['x'], { objectMode: false });
    const body = bodyOf({ body: () => stream });
    body?.open(false);
    expect(() => body?.open(false)).toThrow(/already used/);
    stream.destroy();
  });
});

describe('bad input', () => {
  test('for body', () => {
    for (const body of [null, 1, true, { a: 1 }, Symbol('x'), new Date(), Promise.resolve('x')]) {
      expect(() => bodyOf({ body: body as never })).toThrow(
        /^body must be a string, bytes, .* json, form or multipart\.$/,
      );
    }
    expect(() => bodyOf({ body: (() => () => 'x') as never })?.open(false)).toThrow(/^body must be/);
  });

  test('of two bodies', () => {
    const all: BodyOptions = { json: 1, form: {}, multipart: {}, body: '' };
    const names = Object.keys(all) as (keyof BodyOptions)[];
    for (const one of names) {
      expect(bodyOf({ [one]: all[one] })).not.toBe(null);
      for (const two of names) {
        if (one !== two) expect(() => bodyOf({ [one]: all[one], [two]: all[two] })).toThrow(/one at a time/);
      }
    }
    expect(bodyOf({})).toBe(null);
    expect(bodyOf({ json: undefined, body: undefined as never })).toBe(null);
  });

  test('for json', () => {
    const circular: unknown[] = [];
    circular.push(circular);
    for (const json of [circular, () => {}, Symbol('x'), 1n]) {
      expect(() => bodyOf({ json })).toThrow('json must be a value that JSON.stringify() can write.');
    }
  });
});

describe('json and form', () => {
  it('are text with a type', async () => {
    const { url, received } = await startReceiver();
    await send(true, url, { json: { a: 'ä' } });
    await send(true, url, { json: null });
    await send(true, url, { form: { a: ['1', 2], b: true, c: null, d: undefined, 'ä b': '&=' } });
    const pairs: [string, string][] = [
      ['b', '1'],
      ['a', '2'],
      ['b', '3'],
    ];
    await send(true, url, { form: pairs });
    await send(true, url, { form: new URLSearchParams(pairs) });
    await send(true, url, { body: new URLSearchParams(pairs) });
    expect(received.map(({ headers, text }) => [headers['content-type'], headers['content-length'], text])).toEqual([
      ['application/json', '10', '{"a":"ä"}'],
      ['application/json', '4', 'null'],
      ['application/x-www-form-urlencoded', '30', 'a=1&a=2&b=true&%C3%A4+b=%26%3D'],
      ...Array(3).fill(['application/x-www-form-urlencoded', '11', 'b=1&a=2&b=3']),
    ]);
  });

  it('refuse what is no form, without showing it', () => {
    const bad = ['secret', 1, null, new Date(), new (class A {})(), [['secret']], [['secret', { secret: 1 }]], ['ab']];
    for (const form of [...bad, { a: { secret: 1 } }, { a: ['x', () => 'secret'] }]) {
      expect(() => bodyOf({ form: form as never })).toThrow(
        expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID', message: expect.not.stringContaining('secret') }),
      );
    }
  });

  it('measure themselves in bytes', () => {
    expect(bodyOf({ json: 'ä' })).toMatchObject({ byteLength: 4, replayable: true, pumped: false });
  });
});
