import { get } from 'node:http';
import type { Readable } from 'node:stream';
import fastify, { type FastifyInstance } from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';

import type { HttpStream } from '../../../src/http-client/responses/http-stream.ts';
import { greenroom, runInPool } from '../../../src/middleware/index.ts';
import { GreenPool, run, spawn, wait } from '../../../src/pool/index.ts';
import { failureOf } from '../both-modes.ts';
import { deferred, startServer } from '../servers.ts';
import { sourceOf, streamOf } from './heads.ts';

const open = (...chunks: string[]): Readable => sourceOf(chunks, { open: true });
const tick = (): Promise<void> => new Promise(setImmediate);

async function app(): Promise<FastifyInstance> {
  const instance = fastify();
  await instance.register(greenroom);
  onTestFinished(() => instance.close());
  return instance;
}

describe('a green stream, when the task that has it ends,', () => {
  it.each<[string, (stream: HttpStream<true>) => unknown]>([
    ['unread', () => undefined],
    ['with an iteration that has not begun', (stream) => void stream.iterLines()],
    ['in the middle of one', (stream) => void stream.iterLines().next()],
    ['somewhere in what it returns', (stream) => ({ stream })],
  ])('is closed: %s', async (_how, use) => {
    const source = open('1\n2\n');
    await run(() => use(streamOf(true, source)));
    expect(source.destroyed).toBe(true);
  });

  it('is closed when the task fails, even if its body was taken', async () => {
    const source = open('1');
    const failing = run(() => {
      const { body } = streamOf(true, source);
      throw new Error(`after ${typeof body}`);
    });
    expect((await failureOf(failing)).message).toBe('after object');
    expect(source.destroyed).toBe(true);
  });

  it('is closed when the task is cancelled, even if its body flows', async () => {
    const source = open('1');
    const outcome = await run(() => {
      const task = spawn(() => {
        streamOf(true, source).body.resume();
        wait(new Promise(() => {}));
      });
      wait(tick());
      task.cancel();
      return failureOf(task as unknown as Promise<unknown>);
    });
    expect(outcome['code']).toBe('GREEN_ERR_CANCELLED');
    expect(source.destroyed).toBe(true);
  });

  it.each<[string, (stream: HttpStream<true>) => unknown]>([
    ['it is returned', (stream) => stream],
    ['its body is', (stream) => stream.body],
    ['its body was taken', (stream) => void stream.body.resume()],
    ['its iterator is returned', (stream) => stream.iterLines()],
  ])('stays open if %s', async (_how, use) => {
    const source = open('1\n');
    const kept = await run(() => use(streamOf(true, source)));
    expect(source.destroyed).toBe(false);
    source.destroy();
    void kept;
  });

  it('stays open if another task reads it by then, until that one ends', async () => {
    const source = open('1\n');
    const lines: string[] = [];
    const enough = deferred();
    const reader = await run(() => {
      const stream = streamOf(true, source);
      const task = spawn(() => {
        const iterator = stream.iterLines();
        lines.push(iterator.next().value as string, iterator.next().value as string);
        wait(enough.promise);
      });
      wait(tick());
      return { task };
    });
    source.push('2\n');
    await tick();
    expect([lines, source.destroyed]).toEqual([['1', '2'], false]);
    enough.resolve();
    await reader.task;
    expect(source.destroyed).toBe(true);
  });

  it('is closed with a context that is destroyed, whose finally blocks do not run', async () => {
    const source = open('1\n');
    const pool = new GreenPool({ cleanupTimeout: 10 });
    const aborter = new AbortController();
    const work = (): void => {
      using _stream = streamOf(true, source);
      for (;;) {
        try {
          wait(new Promise(() => {}));
        } catch {
          // Swallows every cancellation, until its context is taken from it.
        }
      }
    };
    const task = failureOf(pool.submit(work, { signal: aborter.signal }));
    aborter.abort();
    expect((await task)['code']).toBe('GREEN_ERR_CANCELLED');
    expect([pool.stats.discarded, source.destroyed]).toEqual([1, true]);
  });
});

describe('a reply that is an iterator', () => {
  const big = 'x'.repeat(40_000);

  it('goes on reading a stream in its later steps, whoever made it', async () => {
    for (const make of ['handler', 'generator', 'later'] as const) {
      const source = open();
      const server = await app();
      server.get('/', { green: true }, () => {
        const early = make === 'handler' ? streamOf(true, source) : null;
        return (function* () {
          let stream = early;
          if (make === 'generator') stream = streamOf(true, source);
          yield 'begin;';
          stream ??= streamOf(true, source);
          for (const line of stream.iterLines()) {
            yield `${line};`;
            wait(tick());
          }
        })();
      });
      const reply = server.inject('/');
      for (const chunk of ['1\n', `${big}\n`, '3\n4', null]) {
        await tick();
        source.push(chunk);
      }
      expect((await reply).body).toBe(`begin;1;${big};3;4;`);
    }
  });

  it('keeps a stream between steps that it does not read in yet', async () => {
    const source = open('late\n');
    const server = await app();
    server.get('/', { green: true }, function* () {
      const stream = streamOf(true, source);
      for (let i = 0; i < 5; i++) yield big;
      yield String(stream.iterLines().next().value);
      expect(source.destroyed).toBe(false);
    });
    expect((await server.inject('/')).body.endsWith('xlate')).toBe(true);
    expect(source.destroyed).toBe(true);
  });

  it('gives up what it left unread when it ends', async () => {
    const source = open('1\n');
    const server = await app();
    server.get('/', { green: true }, function* () {
      streamOf(true, source);
      yield 'all';
    });
    expect((await server.inject('/')).body).toBe('all');
    expect(source.destroyed).toBe(true);
  });

  it('gives up what it reads when its client goes', async () => {
    const source = open('1\n');
    const reading = deferred();
    const server = await app();
    server.get('/', { green: true }, function* () {
      const stream = streamOf(true, source);
      yield 'begun';
      reading.resolve();
      for (const line of stream.iterLines()) yield line;
    });
    const url = await server.listen({ port: 0, host: '127.0.0.1' });
    const request = get(url).on('error', () => {});
    request.on('response', (response) => response.on('error', () => {}));
    await reading.promise;
    const gone = new Promise((resolve) => source.once('close', resolve));
    request.destroy();
    await gone;
  });

  it('returned as the iterator of a stream itself', async () => {
    const source = sourceOf(['1\n', '2\n']);
    const server = await app();
    server.get('/', { green: true }, () => streamOf(true, source).iterLines());
    expect((await server.inject('/')).body).toBe('12');
  });
});

describe('a WSGI-shaped body that is an iterator', () => {
  it('goes on reading a stream in its later steps', async () => {
    const source = open('1\n');
    const handler = runInPool(
      () => {
        const stream = streamOf(true, source);
        return { status: 200, body: stream.iterLines() };
      },
      { kind: 'wsgi' },
    );
    const { url } = await startServer(handler);
    const answer = await fetch(url);
    source.push('2\n');
    await tick();
    source.push('3');
    source.push(null);
    expect(await answer.text()).toBe('123');
  });
});

describe('a body that is the reply', () => {
  it('is sent whole', async () => {
    const server = await app();
    server.get('/', { green: true }, () => streamOf(true, ['the ', 'body']).body);
    server.get('/send', { green: true }, (_request, reply) => {
      wait(tick());
      return reply.send(streamOf(true, ['the ', 'body']).body);
    });
    expect((await server.inject('/')).body).toBe('the body');
    expect((await server.inject('/send')).body).toBe('the body');
  });
});

describe('a stream that its user has lost', () => {
  it('is closed by the garbage collector', async () => {
    const source = open('1');
    (() => {
      streamOf(false, source, { headers: { 'content-encoding': 'gzip' } });
    })();
    while (!source.destroyed) {
      globalThis.gc?.();
      await tick();
    }
  });

  it('is let be while its body, or an iterator of it, is in use', async () => {
    const sources = [open('1\n'), open('1\n')];
    const body = (() => streamOf(false, sources[0] as Readable).body)();
    const lines = (() => streamOf(false, sources[1] as Readable).iterLines())();
    for (let i = 0; i < 5; i++) {
      globalThis.gc?.();
      await tick();
    }
    expect(sources.map((source) => source.destroyed)).toEqual([false, false]);
    await lines.return();
    body.destroy();
  });
});
