import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import zlib from 'node:zlib';
import { afterAll, describe, expect, it, test } from 'vitest';

import { HttpTimeoutError } from '../../../src/http-client/http-errors.ts';
import type { HttpStream } from '../../../src/http-client/responses/http-stream.ts';
import type { ResponseHead } from '../../../src/http-client/responses/response-head.ts';
import { run, spawn, wait } from '../../../src/pool/index.ts';
import { failureOf } from '../both-modes.ts';
import { headOf, sourceOf, streamOf } from './heads.ts';

type AnyStream = HttpStream<boolean>;
type Make = (
  source: Readable | Iterable<string | Buffer>,
  head?: Partial<ResponseHead>,
  options?: { maxBytes?: number; decompress?: boolean },
) => AnyStream;
/** Makes a stream in one of the modes, and gives what `read` makes of it. */
type Read = <T>(read: (make: Make) => T | Promise<T>) => Promise<T>;

const folder = mkdtempSync(join(tmpdir(), 'greenroom-'));
afterAll(() => rmSync(folder, { recursive: true }));

function inBothModes(title: string, body: (read: Read) => Promise<void>): void {
  test(`${title} [green]`, () => body((read) => run(() => read((...args) => streamOf(true, ...args))) as never));
  test(`${title} [promises]`, () => body(async (read) => read((...args) => streamOf(false, ...args))));
}

/** What an iteration of either mode gives. */
function all<T>(items: Iterable<T> | AsyncIterable<T>): T[] | Promise<T[]> {
  if (Symbol.iterator in items) return [...items];
  return (async () => {
    const list: T[] = [];
    for await (const item of items) list.push(item);
    return list;
  })();
}

const closed = (stream: Readable): Promise<void> =>
  new Promise((resolve) => (stream.destroyed ? resolve() : stream.once('close', resolve)));

describe('HttpStream', () => {
  inBothModes('gives the body as bytes, text and JSON', async (read) => {
    expect(await read((make) => make(['{"a":', '"é"}']).bytes())).toEqual(Buffer.from('{"a":"é"}'));
    expect(await read((make) => make(['{"a":', '"é"}']).text())).toBe('{"a":"é"}');
    expect(await read((make) => make(['{"a":', '"é"}']).json())).toEqual({ a: 'é' });
    expect(await read((make) => make([]).text())).toBe('');
    expect(await read((make) => make([Buffer.from('é', 'latin1')]).text('latin1'))).toBe('é');
  });

  inBothModes('waits for what has not come yet', async (read) => {
    const source = sourceOf([], { open: true });
    const text = read((make) => make(source).text());
    for (const part of ['a', 'b', 'c', null]) {
      await new Promise(setImmediate);
      source.push(part);
    }
    expect(await text).toBe('abc');
  });

  inBothModes('tells of its head what a buffered response does', async (read) => {
    const stream = await read((make) => {
      const made = make([], { status: 404, statusText: 'Not Found', headers: { link: '</2>; rel=next' } });
      return [made.status, made.ok, made.statusText, made.url, made.links['next']?.url];
    });
    expect(stream).toEqual([404, false, 'Not Found', 'http://host/path?token=secret', 'http://host/2']);
  });

  inBothModes('splits lines at \\n and \\r\\n, wherever the chunks end', async (read) => {
    const body = Buffer.from('one\r\ntwo\n\nthr\ree\r\r\n€\r');
    for (const size of [1, 2, 3, 100]) {
      const chunks = Array.from({ length: Math.ceil(body.length / size) }, (_, i) =>
        body.subarray(i * size, (i + 1) * size),
      );
      const lines = await read((make) => all<string>(make(chunks).iterLines()));
      expect(lines).toEqual(['one', 'two', '', 'thr\ree\r', '€\r']);
    }
    expect(await read((make) => all<string>(make(['a\n']).iterLines()))).toEqual(['a']);
  });

  inBothModes('refuses a line that is too long, and closes', async (read) => {
    const source = sourceOf(['12345', '67890', '1'], { open: true });
    const error = await failureOf(read((make) => all<string>(make(source).iterLines({ maxLineLength: 10 }))));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_BODY_TOO_LARGE', limit: 10 });
    expect(source.destroyed).toBe(true);
  });

  inBothModes('gives pieces of one size', async (read) => {
    const pieces = await read((make) => all<Buffer>(make(['ab', 'cdefg', 'h', 'ijk']).iterBytes(4)));
    expect(pieces.map(String)).toEqual(['abcd', 'efgh', 'ijk']);
    expect(Buffer.concat(await read((make) => all<Buffer>(make(['ab', 'cd']).iterBytes()))).toString()).toBe('abcd');
  });

  inBothModes('gives server-sent events', async (read) => {
    const events = await read((make) => all(make(['data: 1\n\nda', 'ta: 2\n\n']).sse() as Iterable<unknown>));
    expect(events).toMatchObject([{ data: '1' }, { data: '2' }]);
  });

  inBothModes('writes the body to a file, and replaces what was there', async (read) => {
    const path = join(folder, 'body');
    writeFileSync(path, 'something older and longer');
    expect(await read((make) => make(['some ', 'bytes']).saveTo(path))).toBe(10);
    expect(readFileSync(path, 'utf8')).toBe('some bytes');
    expect(await read((make) => make([]).saveTo(pathToFileURL(path)))).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  inBothModes('leaves neither file nor half of it when the body breaks off', async (read) => {
    const source = sourceOf(['half'], { open: true });
    const path = join(folder, 'broken');
    const saved = failureOf(read((make) => make(source).saveTo(path)));
    setImmediate(() => source.destroy(new HttpTimeoutError(headOf(), 'body', 'total', 10)));
    expect(await saved).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT' });
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  inBothModes("throws the file system's errors, and closes", async (read) => {
    const source = sourceOf(['a'], { open: true });
    const error = await failureOf(read((make) => make(source).saveTo(join(folder, 'no', 'such', 'folder'))));
    expect(error).toMatchObject({ code: 'ENOENT' });
    expect(source.destroyed).toBe(true);
  });

  inBothModes('refuses bad arguments, and is still unread after it', async (read) => {
    const calls: ((stream: AnyStream) => unknown)[] = [
      (stream) => stream.text('klingon'),
      (stream) => stream.iterLines({ charset: 'klingon' }),
      (stream) => stream.iterLines({ maxLineLength: 0 }),
      (stream) => stream.iterBytes(1.5),
      (stream) => stream.sse({ maxEventLength: Number.NaN }),
      (stream) => stream.json({} as never),
      (stream) => stream.saveTo(''),
    ];
    for (const call of calls) {
      const source = sourceOf(['still here']);
      const outcome = await read(async (make) => {
        const made = make(source);
        const error = await failureOf((async () => call(made))());
        return [error['code'], made.body.destroyed];
      });
      expect(outcome).toEqual(['GREEN_ERR_OPT_INVALID', false]);
    }
  });
});

describe('an encoded body', () => {
  const headers = { 'content-encoding': 'gzip' };

  inBothModes('is decoded', async (read) => {
    expect(await read((make) => make([zlib.gzipSync('{"a":1}')], { headers }).json())).toEqual({ a: 1 });
    const twice = zlib.gzipSync(zlib.deflateRawSync('twice'));
    const both = { 'content-encoding': 'deflate, gzip' };
    expect(await read((make) => make([twice], { headers: both }).text())).toBe('twice');
  });

  inBothModes('stays as it is without decompress, and in a coding that nobody knows', async (read) => {
    expect(await read((make) => make(['raw'], { headers }, { decompress: false }).text())).toBe('raw');
    expect(await read((make) => make(['raw'], { headers: { 'content-encoding': 'x' } }).text())).toBe('raw');
  });

  inBothModes('may be empty', async (read) => {
    expect(await read((make) => make([], { headers, status: 304 }).text())).toBe('');
  });

  inBothModes('that is not what it says fails, and the source is let go', async (read) => {
    for (const body of [Buffer.from('no gzip'), zlib.gzipSync('cut').subarray(0, -3)]) {
      const source = sourceOf([body]);
      const error = await failureOf(read((make) => make(source, { headers }).text()));
      expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_CONTENT_ENCODING', statusCode: 502, method: 'GET' });
      await closed(source);
    }
  });

  inBothModes('fails with the error of its source', async (read) => {
    const source = sourceOf([zlib.gzipSync('x').subarray(0, 4)], { open: true });
    const text = failureOf(read((make) => make(source, { headers }).text()));
    setImmediate(() => source.destroy(new HttpTimeoutError(headOf(), 'body', 'body', 5)));
    expect(await text).toMatchObject({ code: 'GREEN_ERR_HTTP_TIMEOUT', timeout: 'body' });
  });

  inBothModes('counts decoded, and lets its source go', async (read) => {
    const bomb = zlib.gzipSync(Buffer.alloc(1_000_000));
    const source = sourceOf([bomb], { open: true });
    const error = await failureOf(read((make) => make(source, { headers }, { maxBytes: 999_999 }).bytes()));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_BODY_TOO_LARGE', limit: 999_999 });
    await closed(source);
    expect(await read((make) => make([bomb], { headers }, { maxBytes: 1_000_000 }).bytes())).toHaveLength(1_000_000);
  });
});

describe('a body that is too large', () => {
  inBothModes('fails while it is read, and after what was allowed', async (read) => {
    const source = sourceOf(['12345', '6'], { open: true });
    const error = await failureOf(read((make) => make(source, {}, { maxBytes: 5 }).text()));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_BODY_TOO_LARGE', limit: 5 });
    await closed(source);
    expect(await read((make) => make(['12345'], {}, { maxBytes: 5 }).text())).toBe('12345');
    const unlimited = { maxBytes: Number.POSITIVE_INFINITY };
    expect(await read((make) => make(['12345'], {}, unlimited).text())).toBe('12345');
  });
});

describe('json() of a stream', () => {
  inBothModes('refuses what is not JSON, with the body at hand', async (read) => {
    const error = await failureOf(read((make) => make(['<html>']).json()));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_DECODE' });
    expect((error['response'] as { text(): string }).text()).toBe('<html>');
  });

  inBothModes('takes a schema, asynchronous or not', async (read) => {
    for (const validate of [
      (value: unknown) => ({ value: `${value}!` }),
      async (value: unknown) => ({ value: `${value}!` }),
    ]) {
      const schema = { '~standard': { version: 1, vendor: 'test', validate } } as const;
      expect(await read((make) => make(['"x"']).json(schema))).toBe('x!');
    }
    const issues = [{ message: 'no' }];
    const schema = { '~standard': { version: 1, vendor: 'test', validate: () => ({ issues }) } } as const;
    expect(await failureOf(read((make) => make(['1']).json(schema)))).toMatchObject({
      code: 'GREEN_ERR_HTTP_SCHEMA',
      issues,
    });
  });
});

describe('a body is read once', () => {
  inBothModes('and not again, nor by a second reader', async (read) => {
    const reads: ((stream: AnyStream) => unknown)[] = [
      (stream) => stream.text(),
      (stream) => stream.bytes(),
      (stream) => stream.json(),
      (stream) => stream.iterLines(),
      (stream) => stream.iterBytes(1),
      (stream) => stream.sse(),
      (stream) => stream.saveTo(join(folder, 'again')),
      (stream) => stream.body,
    ];
    for (const second of reads) {
      const outcome = await read(async (make) => {
        const stream = make(['1'], {});
        stream.iterLines();
        return failureOf((async () => second(stream))());
      });
      expect(outcome).toMatchObject({ code: 'GREEN_ERR_HTTP_BODY_CONSUMED', statusCode: 500 });
      const afterClose = await read(async (make) => {
        const stream = make(['1']);
        stream.close();
        stream.close();
        return failureOf((async () => second(stream))());
      });
      expect(afterClose).toMatchObject({ code: 'GREEN_ERR_HTTP_BODY_CONSUMED' });
    }
  });

  inBothModes('also by whoever takes it', async (read) => {
    const source = sourceOf(['abc']);
    const outcome = await read(async (make) => {
      const stream = make(source);
      stream.body.resume();
      return failureOf((async () => stream.text())());
    });
    expect(outcome).toMatchObject({ code: 'GREEN_ERR_HTTP_BODY_CONSUMED' });
  });

  it('gives its decoded bytes to a pipe', async () => {
    const headers = { 'content-encoding': 'gzip' };
    const { body } = streamOf(false, [zlib.gzipSync('piped')], { headers });
    expect(String(Buffer.concat(await body.toArray()))).toBe('piped');
  });
});

describe('closing', () => {
  inBothModes('happens when a loop is left early', async (read) => {
    const source = sourceOf(['1\n2\n3\n'], { open: true });
    const first = await read((make) => {
      const lines = make(source).iterLines();
      if (Symbol.iterator in lines) {
        for (const line of lines) return line;
      }
      return (async () => {
        for await (const line of lines) return line;
        return '';
      })();
    });
    expect([first, source.destroyed]).toEqual(['1', true]);
  });

  inBothModes('happens by return() before the first step', async (read) => {
    const source = sourceOf([], { open: true });
    await read((make) => make(source).iterLines().return() as Promise<unknown>);
    expect(source.destroyed).toBe(true);
  });

  it('happens by using', async () => {
    const source = sourceOf([], { open: true });
    const stream = streamOf(false, source);
    stream[Symbol.dispose]();
    expect(source.destroyed).toBe(true);
  });

  inBothModes('ends a reader that waits', async (read) => {
    const source = sourceOf(['1\n'], { open: true });
    let stream: AnyStream | undefined;
    const lines = failureOf(
      read((make) => {
        stream = make(source);
        return all<string>(stream.iterLines());
      }),
    );
    await new Promise(setImmediate);
    stream?.close();
    expect(await lines).toMatchObject({ code: 'GREEN_ERR_HTTP_BODY_CONSUMED' });
  });

  inBothModes('leaves no listener but the one for late errors', async (read) => {
    const source = sourceOf(['1\n2\n']);
    const headers = { 'content-length': '4' }; // nothing to count or to decode: the body is the source
    await read((make) => all<string>(make(source, { headers }).iterLines()));
    await closed(source);
    const left = ['readable', 'data', 'end', 'close'].map((event) => source.listenerCount(event));
    expect(left).toEqual([0, 0, 0, 0]);
  });
});

describe('raiseForStatus() of a stream', () => {
  inBothModes('gives the stream back below 400', async (read) => {
    expect(await read(async (make) => (await make(['ok']).raiseForStatus()).body.destroyed)).toBe(false);
  });

  inBothModes('throws with the body at hand, and closes', async (read) => {
    const source = sourceOf(['the ', 'reason']);
    const error = await failureOf(read((make) => make(source, { status: 418 }).raiseForStatus()));
    expect(error).toMatchObject({ code: 'GREEN_ERR_HTTP_STATUS', status: 418 });
    expect((error['response'] as { text(): string }).text()).toBe('the reason');
    await closed(source);
  });

  inBothModes('reads so much of a body without an end, and of one that breaks off', async (read) => {
    const endless = sourceOf(Array(100).fill('x'.repeat(1000)), { open: true });
    const error = await failureOf(read((make) => make(endless, { status: 500 }).raiseForStatus()));
    expect((error['response'] as { bytes(): Buffer }).bytes()).toHaveLength(65_536);
    expect(endless.destroyed).toBe(true);

    const broken = sourceOf(['half'], { open: true });
    const failed = failureOf(read((make) => make(broken, { status: 500 }).raiseForStatus()));
    setImmediate(() => broken.destroy(new Error('reset')));
    const other = await failed;
    expect([other['code'], (other['response'] as { text(): string }).text()]).toEqual([
      'GREEN_ERR_HTTP_STATUS',
      'half',
    ]);
  });
});

describe('an error of the body', () => {
  function theHandler<T>(read: () => T): T {
    return read();
  }

  it('has the frames of the handler that reads', async () => {
    const source = sourceOf(['1\n'], { open: true });
    const failure = failureOf(run(() => theHandler(() => [...streamOf(true, source).iterLines()])));
    setImmediate(() => source.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' })));
    const error = await failure;
    expect(error).toMatchObject({
      code: 'GREEN_ERR_HTTP_TRANSPORT',
      phase: 'body',
      cause: { code: 'ECONNRESET' },
      message: 'The GET request broke off in the body phase (ECONNRESET).',
    });
    expect(error.stack).toContain('theHandler');
    expect(error['elapsed']).toBeGreaterThanOrEqual(1);
  });

  it('has the frames of the async function that reads', async () => {
    const source = sourceOf(['1'], { open: true });
    async function theAsyncHandler(): Promise<string> {
      return await streamOf(false, source).text();
    }
    const failure = failureOf(theAsyncHandler());
    setImmediate(() => source.destroy(new HttpTimeoutError(headOf(), 'body', 'total', 10)));
    const error = await failure;
    expect(error['code']).toBe('GREEN_ERR_HTTP_TIMEOUT');
    expect(error.stack).toContain('theAsyncHandler');
  });

  it('that nobody reads does not end the process', async () => {
    const source = sourceOf([], { open: true });
    const stream = streamOf(false, source, { headers: { 'content-encoding': 'gzip' } });
    source.destroy(new Error('reset'));
    await new Promise(setImmediate);
    expect(await failureOf(stream.text())).toMatchObject({ code: 'GREEN_ERR_HTTP_TRANSPORT' });
  });
});

describe('a green stream', () => {
  it('throws outside a context, and takes nothing', async () => {
    const stream = streamOf(true, ['x']);
    const outside = expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' });
    expect(() => stream.text()).toThrow(outside);
    expect(() => stream.iterLines()).toThrow(outside);
    expect(() => stream.saveTo(join(folder, 'outside'))).toThrow(outside);
    expect(await run(() => stream.text())).toBe('x');
    expect(existsSync(join(folder, 'outside'))).toBe(false);
  });

  it('is closed when its reader is cancelled', async () => {
    for (const read of [
      (stream: HttpStream<true>): unknown => stream.text(),
      (stream: HttpStream<true>): unknown => [...stream.iterLines()],
      (stream: HttpStream<true>): unknown => stream.saveTo(join(folder, 'cancelled')),
    ]) {
      const source = sourceOf(['1'], { open: true });
      const outcome = await run(() => {
        const task = spawn(() => read(streamOf(true, source)));
        wait(new Promise(setImmediate));
        task.cancel();
        return failureOf(task as unknown as Promise<unknown>);
      });
      expect(outcome).toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
      await closed(source);
    }
  });

  it('reads at the pace of its reader', async () => {
    let made = 0;
    const source = new Readable({
      highWaterMark: 10,
      read() {
        made++;
        this.push('0123456789');
      },
    });
    await run(() => {
      let pieces = 0;
      for (const _ of streamOf(true, source, {}, { maxBytes: Number.POSITIVE_INFINITY }).iterBytes(10)) {
        expect(made - pieces).toBeLessThan(10);
        wait(new Promise(setImmediate));
        if (++pieces === 50) break;
      }
    });
    expect(source.destroyed).toBe(true);
  });
});
