// What a path or descriptor stands for. Only regular files and directories go to the thread pool: a read of a pipe or a
// terminal would hold one of its few threads until somebody writes, and process.exit() waits for its threads.

import type { Stats } from 'node:fs';
import { isatty } from 'node:tty';

import { closeSync, fstatSync, openSync, readSync, statSync } from './originals.ts';

export type FileKind = 'file' | 'directory' | 'pollable' | 'fifo' | 'other' | 'missing' | 'unknown';

export interface Examined {
  readonly kind: FileKind;
  readonly size: number;
  /** The same for all names of one file, and only for these; empty for what is not there. */
  readonly id: string;
}

/** Of what a path leads to. `missing` for no such entry, `unknown` when the system does not tell. */
export function examinePath(path: string | URL | Uint8Array): Examined {
  try {
    const stats = statSync(path as string, { throwIfNoEntry: false });
    if (stats === undefined) return { kind: 'missing', size: 0, id: '' };
    return { kind: kindOf(stats), size: stats.size, id: idOf(stats) };
  } catch {
    return { kind: 'unknown', size: 0, id: '' };
  }
}

/** Of a descriptor: `pollable` for a pipe, a socket, a terminal. */
export function examineFd(fd: number): Examined {
  try {
    const stats = fstatSync(fd);
    const pollable = stats.isFIFO() || stats.isSocket() || (stats.isCharacterDevice() && isatty(fd));
    return { kind: pollable ? 'pollable' : kindOf(stats), size: stats.size, id: idOf(stats) };
  } catch {
    return { kind: 'unknown', size: 0, id: '' };
  }
}

/** What examinePath() calls `id`. */
export function idOf({ dev, ino }: Stats): string {
  return ino === 0 ? '' : `${dev}:${ino}`; // some file systems do not number their files
}

export function kindOf(stats: Stats): FileKind {
  if (stats.isFile()) return 'file';
  if (stats.isFIFO()) return 'fifo';
  return stats.isDirectory() ? 'directory' : 'other';
}

const O_NONBLOCK = 0o4000; // as /proc shows it on Linux

/** Whether reading `fd` gives EAGAIN instead of blocking, so that there is nothing to wait for. Only Linux tells. */
export function neverBlocks(fd: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const info = openSync(`/proc/self/fdinfo/${fd}`, 'r');
    try {
      const text = Buffer.alloc(256);
      const flags = /flags:\s*([0-7]+)/.exec(text.toString('latin1', 0, readSync(info, text)))?.[1];
      return flags !== undefined && (Number.parseInt(flags, 8) & O_NONBLOCK) !== 0;
    } finally {
      closeSync(info);
    }
  } catch {
    return false;
  }
}
