import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

function codesInSources(): Set<string> {
  const codes = new Set<string>();
  for (const entry of readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    for (const [, code] of source.matchAll(/'(GREEN_ERR_[A-Z_]+[A-Z])'/g)) codes.add(code as string);
  }
  return codes;
}

describe('docs/errors.md', () => {
  const rows = readFileSync(join(root, 'docs/errors.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `GREEN_ERR_'))
    .map((line) => line.split('|').map((cell) => cell.trim()));

  it('has a row for every code, and no other', () => {
    const documented = rows.map((cells) => cells[1]?.replaceAll('`', ''));
    expect(documented.toSorted()).toEqual([...codesInSources()].toSorted());
  });

  it.each(rows.map((cells) => [cells[1], cells] as const))(
    'says class, status, meaning and remedy of %s',
    (_code, cells) => {
      expect(cells).toHaveLength(7);
      expect(cells[2]).toMatch(/^`\w+Error`$/);
      expect(cells[3]).toMatch(/^(\d{3})?$/);
      expect(cells[4]).not.toBe('');
      expect(cells[5]).not.toBe('');
    },
  );
});
