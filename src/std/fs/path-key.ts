// What a file is called in path-locks.ts: its absolute path, without asking the file system (a realpath costs more than a
// small read). So two names of one file, by symbolic or hard links, count as two files.

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

export function reads(file: string | URL | Uint8Array | number): Claim {
  return { key: keyOf(file), writes: false };
}

export function writes(file: string | URL | Uint8Array | number): Claim {
  return { key: keyOf(file), writes: true };
}

// A path never starts so: it is absolute.
function keyOf(file: string | URL | Uint8Array | number): string {
  return typeof file === 'number' ? `fd ${file}` : absolutePath(file);
}

function pathOf(url: URL): string | null {
  try {
    const path = fileURLToPath(url);
    return path.includes('\0') ? null : path;
  } catch {
    return null;
  }
}
