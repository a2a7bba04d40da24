// What a file is called in path-locks.ts: its absolute path, and the number that the file system gives it, if it is there
// and has been looked at anyhow. By its path it is one file while it is being made or replaced, by its number under all
// names that links give it.

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Claim } from './path-locks.ts';

/** Whether fs takes it as a path. What it does not take goes to the original, which says why. */
export function isPath(value: unknown): value is string | URL | Uint8Array {
  if (typeof value === 'string') return value !== '' && !value.includes('\0');
  if (value instanceof Uint8Array) return value.length > 0 && !value.includes(0);
  return value instanceof URL && value.protocol === 'file:' && pathOf(value) !== null;
}

/** Whether fs takes it as a descriptor. */
export function isFd(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 2_147_483_647;
}

/** The absolute path of what isPath() takes. */
export function absolutePath(path: string | URL | Uint8Array): string {
  if (path instanceof URL) return resolve(pathOf(path) as string);
  return resolve(typeof path === 'string' ? path : Buffer.from(path).toString());
}

/** @param id - what file-kind.ts calls so, if that is known. */
export function reads(file: string | URL | Uint8Array, id = ''): Claim[] {
  return claimsOf(absolutePath(file), false, id, false);
}

/** As reads(). */
export function writes(file: string | URL | Uint8Array | number, id = ''): Claim[] {
  return claimsOf(typeof file === 'number' ? descriptor(file) : absolutePath(file), true, id, true);
}

/** For a descriptor, whose position reading moves. */
export function readsFrom(fd: number, id = ''): Claim[] {
  return claimsOf(descriptor(fd), true, id, false);
}

function claimsOf(key: string, writes: boolean, id: string, writesFile: boolean): Claim[] {
  return id === ''
    ? [{ key, writes }]
    : [
        { key, writes },
        { key: `file ${id}`, writes: writesFile },
      ];
}

// A path never starts so: it is absolute. Nor does it as in claimsOf().
function descriptor(fd: number): string {
  return `fd ${fd}`;
}

function pathOf(url: URL): string | null {
  try {
    const path = fileURLToPath(url);
    return path.includes('\0') ? null : path;
  } catch {
    return null;
  }
}
