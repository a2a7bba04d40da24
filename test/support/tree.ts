// Small packages and programs for tests that are about loading them: written where a test says, as files are not to lie
// about in a node_modules of the repository.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Tree extends Disposable {
  readonly folder: string;
  path(name: string): string;
}

/** Writes `files`, by their paths in a folder of its own. */
export function makeTree(files: Readonly<Record<string, string | object>>): Tree {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'greenroom-tree-')));
  const path = (name: string): string => join(folder, name);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return { folder, path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}
