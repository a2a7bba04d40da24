// Writes a body to a file that is there whole or not at all: to a temporary name beside it, which is renamed at the end.

import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

import { InvalidOptionError } from '../../errors.ts';

/** The number of bytes written. What is at `path` already is replaced. */
export async function saveFile(path: string, body: Readable | readonly Buffer[]): Promise<number> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.part`;
  const file = createWriteStream(temporary, { flags: 'wx' });
  try {
    await pipeline(body, file);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return file.bytesWritten;
}

/** @throws `GREEN_ERR_OPT_INVALID` for what is no path. */
export function filePathOf(path: string | URL): string {
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) return path;
  if (path instanceof URL && path.protocol === 'file:') return fileURLToPath(path);
  throw new InvalidOptionError('saveTo() path', 'the path of a file, or a file: URL');
}
