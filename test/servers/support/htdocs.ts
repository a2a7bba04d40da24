// The files that every web server here serves.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const HELLO = 'hello\n';

/** Compressible, with characters of two and of three bytes. */
export const LINES: readonly string[] = Array.from({ length: 2000 }, (_, index) => `line ${index}: größer als 1 €`);

export const TEXT: string = `${LINES.join('\n')}\n`;

/** More than sockets buffer, and no two of its pages are the same. */
export const LARGE: Buffer = Buffer.alloc(3 * 1024 * 1024);
for (let offset = 0; offset < LARGE.length; offset += 4) LARGE.writeUInt32LE(offset, offset);

/** Writes hello.txt, text.txt and large.bin to `directory`/htdocs, readable by all, and returns its path. */
export function writeHtdocs(directory: string): string {
  const htdocs = join(directory, 'htdocs');
  mkdirSync(htdocs);
  writeFileSync(join(htdocs, 'hello.txt'), HELLO);
  writeFileSync(join(htdocs, 'text.txt'), TEXT);
  writeFileSync(join(htdocs, 'large.bin'), LARGE);
  return htdocs;
}
