// greenStream(): a Readable read in sync style.

import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';

import { afterEach, describe, expect, it } from 'vitest';

import { run, spawn, wait } from '../../src/index.ts';
import { greenStream, readBody, runInPool } from '../../src/middleware/index.ts';
import { closeServers, open, received, serve, sleep, until } from '../middleware/legacy-servers.ts';
import { later } from '../support/turns.ts';

afterEach(closeServers);

const bytes = (...chunks: (string | Buffer)[]): Readable =>
  Readable.from(
    chunks.map((chunk) => Buffer.from(chunk)),
    { objectMode: false },
  );

describe('read(n)', () => {
  it('gives exactly n bytes, over and within chunks, and what is left at the end', async () => {
    const parts = await run(() => {
      const stream = greenStream(bytes('ab', 'c', 'defgh'));
      return [3, 1, 0, 3, 5, 5].map((size) => stream.read(size).toString());
    });
    expect(parts).toEqual(['abc', 'd', '', 'efg', 'h', '']);
  });

  it('without n gives everything, up to a limit', async () => {
    expect(String(await run(() => greenStream(bytes('ab', 'cd')).read()))).toBe('abcd');
    expect(String(await run(() => greenStream(bytes()).read()))).toBe('');
    await expect(run(() => greenStream(bytes('ab', 'cd')).read(undefined, { limit: 3 }))).rejects.toMatchObject({
      code: 'GREEN_ERR_BODY_TOO_LARGE',
    });
  });
});

describe('readLine()', () => {
  it('gives lines without their endings, over chunks, multi-byte characters included', async () => {
    const text = Buffer.from('smørrebrød\r\nzwei\n\n€\rfour\r\nlast');
    const tiny = Array.from(text, (byte) => Buffer.from([byte]));
    for (const chunks of [[text], tiny, [text.subarray(0, 3), text.subarray(3, 13), text.subarray(13)]]) {
      const lines = await run(() => [...greenStream(bytes(...chunks)).lines()]);
      expect(lines).toEqual(['smørrebrød', 'zwei', '', '€\rfour', 'last']);
    }
  });

  it('gives null at the end, ever after', async () => {
    const lines = await run(() => {
      const stream = greenStream(bytes('one\n'));
      return [stream.readLine(), stream.readLine(), stream.readLine()];
    });
    expect(lines).toEqual(['one', null, null]);
  });

  it('refuses lines longer than its limit, ended or not', async () => {
    for (const text of ['12345\n', '123456789']) {
      await expect(run(() => greenStream(bytes(text)).readLine({ limit: 5 }))).rejects.toMatchObject({
        code: 'GREEN_ERR_BODY_TOO_LARGE',
      });
    }
    expect(await run(() => greenStream(bytes('1234\n')).readLine({ limit: 5 }))).toBe('1234');
  });

  it('goes together with read(n) and iteration: head first, then the rest', async () => {
    const parts = await run(() => {
      const stream = greenStream(bytes('POST /\r\n\r\nab', 'cd', 'ef'));
      return [stream.readLine(), stream.readLine(), String(stream.read(1)), ...Array.from(stream, String)];
    });
    expect(parts).toEqual(['POST /', '', 'a', 'b', 'cd', 'ef']);
  });
});

describe('the stream behind', () => {
  it('is held back: what nobody asks for is not taken', async () => {
    const source = new PassThrough({ highWaterMark: 4 });
    const reading = run(() => greenStream(source).read(2));
    source.write('1234');
    expect(String(await reading)).toBe('12');
    expect(source.write('5678')).toBe(false);
    source.destroy();
  });

  it('belongs to one reader, until that lets go and puts back what it has not read', async () => {
    const source = bytes('line\nrest');
    await run(() => {
      const first = greenStream(source);
      expect(first.readLine()).toBe('line');
      expect(() => greenStream(source).read(1)).toThrow(expect.objectContaining({ code: 'GREEN_ERR_STREAM_BUSY' }));
      first.close();
      first.close();
      expect(() => first.read(1)).toThrow(expect.objectContaining({ code: 'GREEN_ERR_STREAM_CLOSED' }));
      expect(String(readBody(source))).toBe('rest');
    });
  });

  it('goes to the next reader although a call waits for more: that throws, and what it had is put back', async () => {
    for (const hasMore of [false, true]) {
      const source = new PassThrough();
      source.write('hal');
      await run(() => {
        const first = greenStream(source);
        const waiting = spawn(() => first.readLine());
        if (hasMore) wait(new Promise<void>((resolve) => source.once('readable', resolve).write('f')));
        first.close();
        const next = spawn(() => greenStream(source).readLine());
        expect(() => wait(waiting)).toThrow(expect.objectContaining({ code: 'GREEN_ERR_STREAM_CLOSED' }));
        source.end(hasMore ? '\n' : 'f\n');
        expect(wait(next)).toBe('half');
      });
      expect(source.listenerCount('readable')).toBe(0);
    }
  });

  it('ends the calls of all contexts that wait for more', async () => {
    const stream = greenStream(new PassThrough());
    const waiting = [1, 2].map(() => run(() => stream.read(1)));
    stream.close();
    for (const { reason } of (await Promise.allSettled(waiting)) as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ code: 'GREEN_ERR_STREAM_CLOSED' });
    }
  });

  it('tells of a destroyed stream that it is closed, also if that cannot say why', async () => {
    const source = new PassThrough();
    Object.defineProperty(source, 'errored', { value: undefined }); // as of the package readable-stream
    source.destroy();
    const closed = expect.objectContaining({ code: 'GREEN_ERR_STREAM_CLOSED' });
    await expect(run(() => greenStream(source).read())).rejects.toEqual(closed);
    await expect(run(() => readBody(source))).rejects.toEqual(closed);
  });

  it('is not torn from a reader of another kind', async () => {
    const source = new PassThrough().on('data', () => {});
    await expect(run(() => greenStream(source).read(1))).rejects.toMatchObject({ code: 'GREEN_ERR_STREAM_BUSY' });
  });

  it('may have an encoding: its bytes are read', async () => {
    const utf8 = bytes('€').setEncoding('utf8');
    expect(String(await run(() => greenStream(utf8).read()))).toBe('€');
    const hex = bytes(Buffer.from([1, 255])).setEncoding('hex');
    expect(await run(() => greenStream(hex).read())).toEqual(Buffer.from([1, 255]));
  });

  it('may be in object mode: iteration gives the objects, reading by bytes is refused', async () => {
    const objects = (): Readable => Readable.from([{ a: 1 }, { a: 2 }]);
    expect(await run(() => [...greenStream(objects())])).toEqual([{ a: 1 }, { a: 2 }]);
    await expect(run(() => greenStream(objects()).read(1))).rejects.toMatchObject({ code: 'GREEN_ERR_OPT_INVALID' });
    expect(await run(() => [...greenStream(Readable.from(['a\nb'])).lines()])).toEqual(['a', 'b']);
  });

  it('may fail, with its own error', async () => {
    const failure = new Error('disk');
    const source = new PassThrough();
    const reading = run(() => greenStream(source).read(1));
    source.destroy(failure);
    await expect(reading).rejects.toBe(failure);
    await expect(run(() => greenStream(source).read(1))).rejects.toBe(failure);
  });

  it('may end, and has then no more', async () => {
    const source = bytes('x');
    await source.toArray();
    expect(String(await run(() => greenStream(source).read()))).toBe('');
  });
});

describe('a read', () => {
  it('gives up after its timeout, and the next one finds what has come', async () => {
    const source = new PassThrough();
    source.write('ab');
    const outcome = await run(() => {
      const stream = greenStream(source, { timeout: 20 });
      expect(() => stream.read(4)).toThrow(expect.objectContaining({ code: 'GREEN_ERR_WAIT_TIMEOUT' }));
      source.write('cd');
      return String(stream.read(4));
    });
    expect(outcome).toBe('abcd');
    expect(source.listenerCount('readable')).toBe(0);
  });

  it('ends by a cancellation of its context', async () => {
    const task = spawn(() => greenStream(new PassThrough()).read(1));
    await later(0);
    task.cancel();
    await expect(task.promise).rejects.toMatchObject({ code: 'GREEN_ERR_CANCELLED' });
  });

  it('needs a context only if it has to wait', async () => {
    expect(() => greenStream(new PassThrough()).read(1)).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' }),
    );
  });

  it.each([
    [() => greenStream({} as Readable)],
    [() => greenStream(bytes(), { timeout: 0 })],
    [() => greenStream(bytes()).read(-1)],
    [() => greenStream(bytes()).read(1, { limit: 0.5 })],
    [() => greenStream(bytes()).readLine({ limit: 0 })],
  ])('refuses %s', async (fn) => {
    await expect(run(fn as () => unknown)).rejects.toMatchObject({ code: 'GREEN_ERR_OPT_INVALID' });
  });
});

describe('of a request', () => {
  it('waits for half-sent bodies', async () => {
    const url = await serve(
      runInPool((req, res) => {
        const input = greenStream(req);
        res.end(`${input.readLine()}|${input.read(3)}|${input.read()}`);
      }),
    );
    const socket = await open(url, 'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
    for (const chunk of ['3\r\none\r\n', '4\r\n\r\nab\r\n', '4\r\ncdef\r\n', '0\r\n\r\n']) {
      await sleep(5);
      socket.write(chunk);
    }
    expect(await received(socket, /\|/)).toContain('one|abc|def');
  });

  it.each([
    ['greenStream()', (req: Readable) => greenStream(req).read(10)],
    ['readBody()', (req: Readable) => readBody(req)],
  ])('tells %s that the client has gone in the middle', async (_name, read) => {
    const errors: unknown[] = [];
    const listener = runInPool(
      (req) => {
        try {
          read(req);
        } catch (error) {
          errors.push(error);
          wait(sleep(1));
          expect(() => read(req)).toThrow();
        }
      },
      { cancelOnDisconnect: false },
    );
    const url = await serve(listener);
    const socket = await open(url, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc');
    await until(() => listener.pool.stats.active === 1);
    socket.destroy();
    await once(socket, 'close');
    await until(() => listener.pool.stats.active === 0);
    expect(errors).toEqual([expect.objectContaining({ code: 'GREEN_ERR_STREAM_CLOSED' })]);
  });
});
