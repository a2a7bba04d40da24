// The tables that say where the tests of greenback and greenletio are here: what they name must be there.

import { existsSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

const TABLES = ['bridge/greenback.md', 'bridge/greenletio.md', 'sync/greenletio.md'];

const textOf = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

describe.each(TABLES)('%s', (table) => {
  const rows = textOf(table)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')));

  it.each(rows)('%s is in %s', (_case, file, text) => {
    if (file === '—') return expect(text).not.toBe(''); // why there is none
    expect(existsSync(new URL(`${file}.test.ts`, import.meta.url))).toBe(true);
    const titles = [...(text as string).matchAll(/"([^"]+)"/g)].map(([, title]) => title as string);
    expect(titles).not.toEqual([]);
    const source = textOf(`${file}.test.ts`);
    expect(titles.filter((title) => !source.includes(title))).toEqual([]);
  });
});
