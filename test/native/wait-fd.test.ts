import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GreenPool, run, spawn, waitFd } from '../../src/index.ts';
import { outputOf, runFixture } from '../support/child.ts';

const { O_RDWR, O_NONBLOCK } = constants;
const bytes = Buffer.alloc(64 * 1024);
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const codeOf = (error: { code: string }): string => error.code;

// Both ends in one descriptor: readable once something is written to it, writable until it is full.
let folder: string;
let fifo: number;

const openFifo = (flags = O_RDWR | O_NONBLOCK): number => openSync(join(folder, 'fifo'), flags);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'greenroom-fifo-'));
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  fifo = openFifo();
});

afterAll(() => {
  closeSync(fifo);
  rmSync(folder, { recursive: true });
});

function drain(): void {
  try {
    while (readSync(fifo, bytes) > 0);
  } catch {} // EAGAIN: it is empty
}

function fill(): void {
  try {
    while (writeSync(fifo, bytes) > 0);
  } catch {} // EAGAIN: it is full
}

beforeEach(drain);

describe('waitFd', () => {
  it('returns when there is something to read, and lets the event loop go on until then', async () => {
    const log: string[] = [];
    const task = run(() => {
      waitFd(fifo, 'read');
      log.push(`read ${readSync(fifo, bytes)} bytes`);
    });
    await nextTurn();
    log.push('the loop goes on');
    writeSync(fifo, 'abc');
    await task;
    expect(log).toEqual(['the loop goes on', 'read 3 bytes']);
  });

  it('returns when there is room to write', async () => {
    fill();
    const task = spawn(() => waitFd(fifo, 'write'));
    await nextTurn();
    expect(task.state).toBe('waiting');
    drain();
    await task;
  });

  it('lets a reader and a writer wait for one descriptor at once', async () => {
    fill();
    const writer = spawn(() => waitFd(fifo, 'write'));
    await nextTurn();
    drain();
    const reader = spawn(() => waitFd(fifo, 'read'));
    await writer;
    expect(reader.state).toBe('waiting');
    writeSync(fifo, 'x');
    await reader;
  });

  it('wakes every context that waits for the same thing', async () => {
    const readers = Array.from({ length: 10 }, () => run(() => waitFd(fifo, 'read')));
    writeSync(fifo, 'x');
    await Promise.all(readers);
  });

  it('returns at the end of file', async () => {
    const reader = openSync(join(folder, 'fifo'), constants.O_RDONLY | O_NONBLOCK);
    execFileSync('mkfifo', [join(folder, 'other')]);
    const other = openSync(join(folder, 'other'), constants.O_RDONLY | O_NONBLOCK);
    const writer = openSync(join(folder, 'other'), constants.O_WRONLY);
    const task = run(() => {
      waitFd(other, 'read');
      return readSync(other, bytes);
    });
    await nextTurn();
    closeSync(writer);
    expect(await task).toBe(0);
    closeSync(other);
    closeSync(reader);
  });

  it("waits for a socket of Node's own, beside Node", async () => {
    const server = createServer((socket) => setImmediate(() => socket.end('hello'))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
    await once(socket, 'connect');
    const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
    await run(() => waitFd(fd, 'read'));
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(`${data}`).toBe('hello');
    socket.destroy();
    server.close();
  });

  it('goes on when the descriptor is closed meanwhile, until what is behind it is ready', async () => {
    const second = openFifo();
    const task = run(() => waitFd(second, 'read'));
    await nextTurn();
    closeSync(second);
    writeSync(fifo, 'x');
    await task;
  });

  it('leaves a blocking descriptor blocking', async () => {
    const blocking = openFifo(O_RDWR);
    await run(() => waitFd(blocking, 'write'));
    const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${blocking}`, 'utf8'))?.[1];
    expect(Number.parseInt(flags as string, 8) & O_NONBLOCK).toBe(0);
    closeSync(blocking);
  });

  it('throws what the system says of a closed descriptor', async () => {
    const closed = openFifo();
    closeSync(closed);
    const error = { code: 'EBADF', syscall: 'waitFd' };
    await expect(run(() => waitFd(closed, 'read'))).rejects.toMatchObject(error);
  });

  it.each([
    ['a negative descriptor', () => waitFd(-1, 'read')],
    ['a descriptor that is no integer', () => waitFd('0' as unknown as number, 'read')],
    ['an unknown readiness', () => waitFd(fifo, 'readable' as 'read')],
    ['a bad timeout', () => waitFd(fifo, 'read', { timeout: 0 })],
    ['a file, which is always ready', () => waitFd(openSync(new URL(import.meta.url), 'r'), 'read')],
  ])('refuses %s', async (_what, call) => {
    expect(await run(call).catch(codeOf)).toBe('GREEN_ERR_OPT_INVALID');
  });

  it('throws outside a context', () => {
    expect(() => waitFd(fifo, 'read')).toThrow(expect.objectContaining({ code: 'GREEN_ERR_WAIT_OUTSIDE_CONTEXT' }));
  });
});

describe('limits of waitFd', () => {
  const openDescriptors = (): number => readdirSync('/proc/self/fd').length;

  it.each([
    ['a timeout', 'GREEN_ERR_WAIT_TIMEOUT', () => run(() => waitFd(fifo, 'read', { timeout: 1 }))],
    [
      'a signal',
      'GREEN_ERR_CANCELLED',
      () => {
        const controller = new AbortController();
        setImmediate(() => controller.abort());
        return run(() => waitFd(fifo, 'read', { signal: controller.signal }));
      },
    ],
    [
      'a signal that is aborted already',
      'GREEN_ERR_CANCELLED',
      () => run(() => waitFd(fifo, 'read', { signal: AbortSignal.abort() })),
    ],
    [
      'a cancellation',
      'GREEN_ERR_CANCELLED',
      () => {
        const task = spawn(() => waitFd(fifo, 'read'));
        setImmediate(() => task.cancel());
        return task.promise;
      },
    ],
    [
      'destruction of the context',
      'GREEN_ERR_CANCELLED',
      () => {
        const pool = new GreenPool({ cleanupTimeout: 1 });
        const task = pool.submit(() => {
          for (;;) {
            try {
              waitFd(fifo, 'read', { timeout: 60_000 });
            } catch {} // ignores its cancellation
          }
        });
        void pool.shutdown({ drain: 0 });
        return task;
      },
    ],
  ])('%s ends it and stops the polling', async (_what, code, start) => {
    const before = openDescriptors();
    expect(await start().catch(codeOf)).toBe(code);
    await nextTurn();
    expect(openDescriptors()).toBe(before);
    writeSync(fifo, 'x'); // reaches nobody
    await nextTurn();
  });
});

describe('ending while contexts poll', () => {
  it.each([
    ['a process that calls process.exit()', 'exits', ''],
    ['a worker that is terminated', 'worker terminates', 'worker ended with 1\n'],
    ['a worker that calls process.exit()', 'worker exits', 'worker ended with 0\n'],
  ])('%s does so cleanly', async (_what, ending, output) => {
    expect(await outputOf('native/wait-fd-end.mjs', { args: [ending] })).toBe(output);
  });

  it('a process that throws ends with its error', async () => {
    const { code, signal, stderr } = await runFixture('native/wait-fd-end.mjs', { args: ['throws'] });
    expect({ code, signal }).toEqual({ code: 1, signal: null });
    expect(stderr).toContain('thrown on purpose');
  });
});
