// pulsar.md says which test of ours stands for which of pulsar's. Here is checked that those exist, and are run.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

function read(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}

const rows = read('pulsar.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| pulsar |'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

// `file`: "title", "title"
const NAMED = /`([\w./-]+\.ts)`: ("[^"]+"(?:, "[^"]+")*)/g;

/** The title as a string of a source. What it takes from a table of cases is left out as '…'. */
function titled(title: string): RegExp {
  const pieces = title.split('…').map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`(['"\`])${pieces.join('.*')}\\1`);
}

describe('pulsar.md', () => {
  it.each(rows.map((cells) => [cells[1], cells] as const))('names tests that exist for %s', (pulsar, cells) => {
    expect(cells).toHaveLength(4);
    const here = cells[2] as string;
    const named = [...here.matchAll(NAMED)];
    if (named.length === 0) expect(here).toMatch(/^(does not apply: |as expect$)/);
    expect(pulsar).not.toBe('');
    for (const [, file, titles] of named) {
      const source = read(file as string);
      for (const [, title] of (titles as string).matchAll(/"([^"]+)"/g)) {
        expect(source).toMatch(titled(title as string));
      }
    }
  });

  it('names each row of pulsar once', () => {
    const named = rows.flatMap((cells) => (cells[1] as string).split(/; |, /));
    expect(new Set(named).size).toBe(named.length);
    expect(rows.length).toBeGreaterThan(40);
  });

  it.each(['plain', 'tls', 'proxy', 'tunnel'])('has its suite run whole, %s', (route) => {
    expect(read(`pulsar/${route}.test.ts`)).toMatch(/over\(\w+, requests, bodies, responses, flows, connections\b/);
  });
});
