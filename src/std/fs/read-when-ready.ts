// Pipes, sockets and terminals: waits until there is something, by polling and without a thread, then reads as Node does.

import { constants } from 'node:fs';

import { spawn, waitFd } from '../../pool/index.ts';
import { ORIGINAL, type Settle } from '../twin.ts';
import { closeSync, openSync, readSync } from './originals.ts';

const CHUNK_BYTES = 65_536;

/** Calls `read` on the loop when `fd` has something to read, or is at its end. Returns what stops it. */
export function whenReady(fd: number, read: () => unknown, done: Settle): () => void {
  return inTask(() => {
    waitFd(fd, 'read');
    return read();
  }, done);
}

/** Everything from `fd` up to its end. Returns what stops it. */
export function readToEnd(fd: number, encoding: BufferEncoding | null, done: Settle): () => void {
  return inTask(() => decoded(allOf(fd), encoding), done);
}

/** As readToEnd(), of a named pipe, which is opened without waiting for its writer: that is what is polled for. */
export function readFifo(path: string | URL | Uint8Array, encoding: BufferEncoding | null, done: Settle): () => void {
  return inTask(() => {
    const fd = openSync(path as string, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return decoded(allOf(fd), encoding);
    } finally {
      closeSync(fd);
    }
  }, done);
}

// A task of its own: it waits as often as it takes, while the caller waits once.
function inTask(read: () => unknown, done: Settle): () => void {
  const task = spawn(read);
  task.promise.then(
    (value) => done(null, value),
    (error: { code?: unknown }) => {
      // What cannot be polled after all is read as it would have been.
      if (error?.code === 'GREEN_ERR_OPT_INVALID') done(null, ORIGINAL);
      else done(error);
    },
  );
  return () => task.cancel();
}

function allOf(fd: number): Buffer {
  const chunks: Buffer[] = [];
  for (;;) {
    waitFd(fd, 'read');
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const bytes = readAvailable(fd, chunk);
    if (bytes === 0) return Buffer.concat(chunks);
    if (bytes > 0) chunks.push(chunk.subarray(0, bytes));
  }
}

/** -1 when somebody else has read it first. */
function readAvailable(fd: number, chunk: Buffer): number {
  try {
    return readSync(fd, chunk);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'EAGAIN') return -1;
    throw error;
  }
}

function decoded(bytes: Buffer, encoding: BufferEncoding | null): Buffer | string {
  return encoding === null ? bytes : bytes.toString(encoding);
}
