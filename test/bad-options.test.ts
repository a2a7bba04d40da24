// Options with a wrong name are refused at once, wherever options are taken: a limit that is misspelled is no limit.

import { EventEmitter } from 'node:events';
import { Readable, Writable } from 'node:stream';

import { describe, expect, it } from 'vitest';

import { GreenPool, run, wait } from '../src/index.ts';
import { readBody } from '../src/middleware/index.ts';
import { greenBind } from '../src/std/dgram/index.ts';
import { eventsOf, waitFor } from '../src/std/events/index.ts';
import { greenConnect, greenListen, greenServe } from '../src/std/net/index.ts';
import { OffloadPool } from '../src/std/offload/index.ts';
import { input } from '../src/std/readline/index.ts';
import { iterate, lines, readAll, writeAll, writeChunk } from '../src/std/stream/index.ts';
import { sleep, ticker } from '../src/std/timers/index.ts';
import { greenConnect as greenConnectTls } from '../src/std/tls/index.ts';
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  Latch,
  LifoQueue,
  Lock,
  once,
  PriorityQueue,
  Queue,
  RateLimiter,
  RLock,
  RwLock,
  Semaphore,
} from '../src/sync/index.ts';

const INVALID = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
const made: Record<string, (options: never) => unknown> = {
  Lock: (options) => new Lock(options),
  RLock: (options) => new RLock(options),
  RwLock: (options) => new RwLock(options),
  Semaphore: (options) => new Semaphore(1, options),
  BoundedSemaphore: (options) => new BoundedSemaphore(1, options),
  Event: (options) => new Event(options),
  Latch: (options) => new Latch(1, options),
  Condition: (options) => new Condition(options),
  Barrier: (options) => new Barrier(1, options),
  Queue: (options) => new Queue(options),
  LifoQueue: (options) => new LifoQueue(options),
  PriorityQueue: (options) => new PriorityQueue(options),
  RateLimiter: (options) => new RateLimiter(options),
  once: (options) => once(() => 1, options),
  'Queue.shutdown': (options) => new Queue().shutdown(options),
  'GreenPool.shutdown': (options) => new GreenPool().shutdown(options),
  OffloadPool: (options) => new OffloadPool(options),
  'OffloadPool.close': (options) => new OffloadPool().close(options),
  resourceLimits: (options) => new OffloadPool({ resourceLimits: options }),
};
const source = (): Readable => Readable.from([Buffer.from('a')]);
const sink = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });
const waits: Record<string, (options: never) => unknown> = {
  wait: (options) => wait(1, options),
  'Lock.acquire': (options) => new Lock().acquire(options),
  'RwLock.read': (options) => new RwLock().read(options),
  'Semaphore.acquire': (options) => new Semaphore().acquire(options),
  'Event.wait': (options) => new Event().wait(options),
  'Queue.get': (options) => new Queue().get(options),
  'Queue.put': (options) => new Queue().put(1, options),
  'RateLimiter.acquire': (options) => new RateLimiter({ limit: 1 }).acquire(options),
  sleep: (options) => sleep(1, options),
  ticker: (options) => ticker(1, options),
  waitFor: (options) => waitFor(new EventEmitter(), 'x', options),
  input: (options) => input('', options),
  readAll: (options) => readAll(source(), options),
  lines: (options) => [...lines(source(), options)],
  writeAll: (options) => writeAll(sink(), ['a'], options),
  writeChunk: (options) => writeChunk(sink(), 'a', options),
  readBody: (options) => readBody(source(), options),
};

describe.each(Object.entries(made))('%s', (_name, make) => {
  it.each([{ nmae: 'x' }, 'x', 5, null, ['x']])('refuses %j', (options) => {
    expect(() => make(options as never)).toThrow(INVALID);
  });
});

describe.each(Object.entries(waits))('%s()', (_name, call) => {
  it.each([{ timout: 5 }, 5, 'x', null])('refuses %j', async (options) => {
    await expect(run(() => call(options as never))).rejects.toEqual(INVALID);
  });
});

it('names what is wrong, and what there is', async () => {
  expect(() => new Queue({ maxsize: 3 } as never)).toThrow(
    "Queue options must be made of name, maxSize; received 'maxsize'.",
  );
  await expect(run(() => new Queue().get({ timout: 3 } as never))).rejects.toThrow(
    "options must be made of timeout, signal; received 'timout'.",
  );
});

it('refuses options of submit() and readBody() that are none', async () => {
  await expect(new GreenPool().submit(() => 1, { timout: 3 } as never)).rejects.toEqual(INVALID);
  await expect(run(() => readBody(source(), { timeout: 'x' } as never))).rejects.toEqual(INVALID);
});

it.each([undefined, 80, null])('refuses to open a socket with %j', async (options) => {
  for (const open of [greenConnect, greenConnectTls, greenListen, greenBind]) {
    await expect(run(() => open(options as never))).rejects.toEqual(INVALID);
  }
  expect(() => greenServe(() => {}, options as never)).toThrow(INVALID);
});

it('refuses what is no stream', async () => {
  const calls: ((none: never) => unknown)[] = [
    (none) => readAll(none),
    (none) => readBody(none),
    (none) => writeAll(none, 'a'),
    (none) => writeAll(sink(), none),
    (none) => writeChunk(none, 'a'),
    (none) => [...iterate(none)],
  ];
  for (const call of calls) await expect(run(() => call(5 as never))).rejects.toEqual(INVALID);
});

it('takes the names that there are', async () => {
  const { signal } = new AbortController();
  await run(() => {
    new RateLimiter({ limit: 1, interval: 5, burst: 2, name: 'x' }).acquire({ tokens: 2, timeout: 5, signal });
    new PriorityQueue({ maxSize: 1, compare: () => 0, name: 'x' }).put(1, { timeout: 5, signal });
    new Barrier(1, { action: () => {}, timeout: 5, name: 'x' }).wait({ timeout: 5, signal });
    new Condition({ lock: new Lock(), name: 'x' });
    once(() => 1, { key: () => 1, keep: true, name: 'x' })();
    sleep(0, { signal });
    readAll(source(), { limit: 5, timeout: 5, signal });
    writeAll(sink(), ['a'], { end: true, timeout: 500, signal });
    eventsOf(new EventEmitter(), 'x', { timeout: 5, signal }).return();
  });
  const limits = { priority: 1, queueTimeout: 5, label: 'x', timeout: 500, signal };
  expect(await new GreenPool().submit(() => 1, limits)).toBe(1);
  await new OffloadPool({ resourceLimits: { stackSizeMb: 4 } }).close();
});
