// Streams in sync style.

import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import stream, { PassThrough, Readable, Transform, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, createGzip } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { run, spawn, wait } from '../../../src/index.ts';
import greenStreams, * as green from '../../../src/std/stream/index.ts';
import { finished, iterate, lines, pipeline, readAll, writeAll } from '../../../src/std/stream/index.ts';

const withCode = (code: string) => expect.objectContaining({ code });
const bytes = (...chunks: string[]): Readable => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
const slow = (chunks: Buffer[] = [], delayMs = 1): Writable =>
  new Writable({
    highWaterMark: 4,
    write(chunk, _encoding, done) {
      chunks.push(chunk);
      setTimeout(done, delayMs).unref();
    },
  });
let tmp = '';

beforeEach(() => {
  tmp = mkdtempSync(join(tmpdir(), 'greenroom-stream-'));
});
afterEach(() => rmSync(tmp, { recursive: true }));

describe('greenroom/std/stream', () => {
  it('is node:stream, in which two functions can wait', () => {
    for (const name of Object.keys(stream)) {
      expect(green, name).toHaveProperty(name);
      const own = stream[name as keyof typeof stream];
      if (!green.replacedNames.includes(name)) expect((greenStreams as never)[name], name).toBe(own);
    }
    expect(green.replacedNames).toEqual(['finished', 'pipeline']);
    expect([greenStreams.pipeline, greenStreams.finished]).toEqual([pipeline, finished]);
    expect([pipeline.name, pipeline.length]).toEqual([stream.pipeline.name, stream.pipeline.length]);
    expect(new PassThrough()).toBeInstanceOf(greenStreams);
  });
});

describe('pipeline()', () => {
  it('waits in a context until all has gone through', async () => {
    const [from, to] = [join(tmp, 'a'), join(tmp, 'b')];
    writeFileSync(from, 'x'.repeat(500_000));
    await run(() => {
      pipeline(createReadStream(from), createGzip(), createWriteStream(to));
      pipeline(createReadStream(to), createGunzip(), createWriteStream(from), { end: true });
    });
    expect(readFileSync(from, 'utf8')).toBe('x'.repeat(500_000));
    const written: Buffer[] = [];
    const upper = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<string> {
      for await (const chunk of source) yield String(chunk).toUpperCase();
    };
    await run(() => pipeline(['a', 'b'], upper, slow(written)));
    expect(String(Buffer.concat(written))).toBe('AB');
  });

  it('throws what any stream fails with, and destroys them all', async () => {
    const failing = new Transform({ transform: (_chunk, _encoding, done) => done(new Error('on purpose')) });
    const [source, target] = [new PassThrough(), new PassThrough()];
    source.write('x');
    await expect(run(() => pipeline(source, failing, target))).rejects.toMatchObject({
      message: 'on purpose',
      stack: expect.stringContaining('stream.test.ts'),
    });
    expect([source.destroyed, target.destroyed]).toEqual([true, true]);
  });

  it('gives up, and destroys them all', async () => {
    for (const end of ['timeout', 'abort', 'cancel']) {
      const [source, target] = [new PassThrough(), new PassThrough()];
      const signal = AbortSignal.timeout(end === 'abort' ? 5 : 1e8);
      const task = spawn(() => pipeline(source, target, { timeout: end === 'timeout' ? 5 : 1e8, signal }));
      if (end === 'cancel') task.cancel();
      const code = end === 'timeout' ? 'GREEN_ERR_WAIT_TIMEOUT' : 'GREEN_ERR_CANCELLED';
      await expect(task.promise).rejects.toMatchObject({ code });
      expect([source.destroyed, target.destroyed], end).toEqual([true, true]);
    }
  });

  it('destroys them all also when the signal is aborted already, as Node does', async () => {
    const [source, target] = [new PassThrough(), new PassThrough()];
    const signal = AbortSignal.abort();
    await expect(run(() => pipeline(source, ['not a stream'] as never, target, { signal }))).rejects.toMatchObject({
      code: 'GREEN_ERR_CANCELLED',
    });
    expect([source.destroyed, target.destroyed]).toEqual([true, true]);
  });

  it("is Node's own with a callback, outside a context, and promisified", async () => {
    const target = slow();
    await run(() => new Promise((resolve) => expect(pipeline(bytes('a'), target, resolve)).toBe(target)));
    await new Promise((resolve) => pipeline(bytes('a'), slow(), resolve));
    await promisify(pipeline)(bytes('a'), slow());
    expect(() => (pipeline as (...streams: unknown[]) => void)(bytes('a'), slow())).toThrow(
      withCode('ERR_INVALID_ARG_TYPE'),
    );
    await run(() =>
      expect(() => (pipeline as unknown as (only: Readable) => void)(bytes('a'))).toThrow(withCode('ERR_MISSING_ARGS')),
    );
  });
});

describe('finished()', () => {
  it('waits in a context until a stream has ended or failed', async () => {
    const good = new PassThrough();
    setImmediate(() => good.resume().end('x'));
    await run(() => finished(good));
    const bad = new PassThrough();
    setImmediate(() => bad.destroy(new Error('on purpose')));
    await expect(run(() => finished(bad))).rejects.toThrow('on purpose');
    const early = new PassThrough();
    setImmediate(() => early.destroy());
    await expect(run(() => finished(early))).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
  });

  it('gives up, and leaves the stream as it is', async () => {
    const open = new PassThrough();
    await expect(run(() => finished(open, { timeout: 5 }))).rejects.toMatchObject({ code: 'GREEN_ERR_WAIT_TIMEOUT' });
    expect([open.destroyed, open.listenerCount('end'), open.listenerCount('finish')]).toEqual([false, 0, 0]);
    await expect(run(() => finished({} as never))).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  });
});

describe('readAll() and lines()', () => {
  it('read to the end', async () => {
    expect(String(await run(() => readAll(bytes('ab', 'c'))))).toBe('abc');
    expect(await run(() => [...lines(bytes('a\r\nb', 'c\n', '\nd'))])).toEqual(['a', 'bc', '', 'd']);
  });

  it('have limits', async () => {
    await run(() => {
      expect(() => readAll(bytes('abc'), { limit: 2 })).toThrow(withCode('GREEN_ERR_BODY_TOO_LARGE'));
      expect(() => [...lines(bytes('abc'), { limit: 2 })]).toThrow(withCode('GREEN_ERR_BODY_TOO_LARGE'));
      expect(() => readAll(new PassThrough(), { timeout: 5 })).toThrow(
        expect.objectContaining({ code: 'GREEN_ERR_WAIT_TIMEOUT', message: expect.stringContaining('readAll()') }),
      );
      expect(() => readAll(bytes('a'), { timeout: 0 })).toThrow(withCode('GREEN_ERR_OPT_INVALID'));
    });
  });

  it.each<[string, () => object]>([
    ['GREEN_ERR_WAIT_TIMEOUT', () => ({ timeout: 5 })],
    ['GREEN_ERR_CANCELLED', () => ({ signal: AbortSignal.timeout(5) })],
    ['GREEN_ERR_BODY_TOO_LARGE', () => ({ limit: 1 })],
  ])('readAll() loses nothing: %s', async (code, options) => {
    const source = new PassThrough();
    source.write('ab');
    await run(() => {
      expect(() => readAll(source, options())).toThrow(withCode(code));
      source.end('cd');
      expect(String(readAll(source))).toBe('abcd');
    });
  });

  it.each<[BufferEncoding, string]>([
    ['utf8', 'é'],
    ['latin1', 'é'],
    ['hex', 'é'],
  ])('put back in the encoding of the stream: %s', async (encoding, text) => {
    const source = new PassThrough();
    source.setEncoding(encoding);
    source.end(`a\n${text}\nb\n`);
    await run(() => {
      for (const line of lines(source)) if (line === 'a') break;
      expect(lines(source).next().value).toBe(text);
    });
  });

  it('refuse what is no text and no bytes, and a stream with another reader', async () => {
    await run(() => {
      expect(() => readAll(Readable.from([{ a: 1 }]))).toThrow(withCode('GREEN_ERR_OPT_INVALID'));
      expect(() => readAll({} as never)).toThrow(withCode('GREEN_ERR_OPT_INVALID'));
      const source = new PassThrough();
      const first = spawn(() => String(readAll(source)));
      expect(() => readAll(source)).toThrow(withCode('GREEN_ERR_STREAM_BUSY'));
      source.end('all of it');
      expect(wait(first)).toBe('all of it');
    });
    expect(() => readAll(bytes('a'))).toThrow(withCode('GREEN_ERR_WAIT_OUTSIDE_CONTEXT'));
  });

  it('leave the rest to others when a loop ends early', async () => {
    const source = bytes('a\nb\nc');
    await run(() => {
      for (const line of lines(source)) {
        expect(line).toBe('a');
        break;
      }
      expect(String(readAll(source))).toBe('b\nc');
    });
  });
});

describe('iterate()', () => {
  it('gives what an async iterable gives', async () => {
    const objects = Readable.from([{ a: 1 }, { a: 2 }]);
    expect(await run(() => [...iterate(objects)])).toEqual([{ a: 1 }, { a: 2 }]);
    const numbers = async function* (): AsyncGenerator<number> {
      for (let n = 0; n < 3; n++) yield n;
    };
    expect(await run(() => [...iterate(numbers())])).toEqual([0, 1, 2]);
  });

  it('ends the source when the loop ends early, fails, or is given up', async () => {
    let ended = 0;
    const numbers = async function* (): AsyncGenerator<number> {
      try {
        for (let n = 0; ; n++) {
          await new Promise((resolve) => setImmediate(resolve));
          yield n;
        }
      } finally {
        ended++;
      }
    };
    await run(() => {
      for (const n of iterate(numbers())) if (n === 2) break;
      expect(ended).toBe(1);
      expect(() => {
        for (const _ of iterate(numbers())) throw new Error('in the loop');
      }).toThrow('in the loop');
      expect(ended).toBe(2);
    });
    const waiting = new PassThrough();
    const task = spawn(() => [...iterate(waiting)]);
    task.cancel();
    await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
    expect(waiting.destroyed).toBe(true);
  });

  it('throws what the source throws, which needs no ending then', async () => {
    const failing = new PassThrough();
    setImmediate(() => failing.destroy(new Error('on purpose')));
    await expect(run(() => [...iterate(failing)])).rejects.toThrow('on purpose');
    const calls: string[] = [];
    const odd = (next: () => unknown): AsyncIterable<never> =>
      ({ [Symbol.asyncIterator]: () => ({ next, return: () => calls.push('return') }) }) as never;
    const inPlace = odd(() => {
      throw new Error('in place');
    });
    await expect(run(() => [...iterate(inPlace)])).rejects.toThrow('in place');
    await expect(run(() => [...iterate(odd(() => Promise.reject(new Error('later'))))])).rejects.toThrow('later');
    expect(calls).toEqual([]);
  });
});

describe('writeAll()', () => {
  it("writes text, bytes and iterables at the reader's pace, and can end the stream", async () => {
    const written: Buffer[] = [];
    const target = slow(written);
    const chunks = function* (): Generator<string> {
      for (let n = 0; n < 5; n++) {
        expect(target.writableLength).toBeLessThan(8);
        yield 'abcd';
      }
    };
    await run(() => {
      writeAll(target, 'text');
      writeAll(target, Buffer.from('bytes'));
      writeAll(target, chunks(), { end: true });
      expect(target.writableFinished).toBe(true);
      writeAll(target, [], { end: true });
      expect(() => writeAll(target, 'more')).toThrow(withCode('GREEN_ERR_STREAM_CLOSED'));
    });
    expect(String(Buffer.concat(written))).toBe(`textbytes${'abcd'.repeat(5)}`);
  });

  it('writes and ends a response of HTTP/2, which is not quite a Writable', async () => {
    let written: Promise<void> | undefined;
    const server = createServer((_request, response) => {
      written = run(() => writeAll(response as unknown as Writable, ['a', 'b'], { end: true }));
      written.catch(() => response.end());
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const client = connect(`http://localhost:${(server.address() as AddressInfo).port}`);
    try {
      expect(await run(() => readAll(client.request({ ':path': '/' })).toString())).toBe('ab');
      await written;
    } finally {
      client.close();
      server.close();
    }
  });

  it('ends of a stream that has failed and is not destroyed', async () => {
    const failed = new Writable({
      autoDestroy: false,
      write: (_chunk, _encoding, done) => done(new Error('bad disk')),
    });
    await run(() => {
      expect(() => writeAll(failed, 'x')).toThrow('bad disk');
      expect(() => writeAll(failed, [], { end: true })).toThrow('bad disk');
    });
  });

  it("throws the stream's error, and gives up", async () => {
    const failing = new Writable({ write: (_chunk, _encoding, done) => setImmediate(done, new Error('on purpose')) });
    await expect(run(() => writeAll(failing, 'x', { end: true }))).rejects.toThrow('on purpose');
    await expect(run(() => writeAll(slow([], 1e6), ['abcd', 'efgh'], { timeout: 5 }))).rejects.toMatchObject({
      code: 'GREEN_ERR_WAIT_TIMEOUT',
      message: expect.stringContaining('limit of 5 ms'),
    });
  });
});
