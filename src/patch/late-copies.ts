// Modules that were loaded before the patch and have taken functions out of Node's modules: those go on blocking. Found in
// their sources, as there is no other way to look into a module. ES modules need none of this: their imports are live.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ORIGINAL } from '../std/twin.ts';

/** Copied by many, for a few bytes, which block either way. */
const MINOR: ReadonlySet<string> = new Set(['randomBytes', 'randomFillSync']);

const OWN_FOLDER = fileURLToPath(new URL('..', import.meta.url));

/**
 * The files among the loaded CommonJS modules that hold copies of functions.
 *
 * @param patched - by module, the names of the functions.
 */
export function findLateCopies(patched: ReadonlyMap<string, readonly string[]>): string[] {
  const readFileSync = originalReadFile();
  const found: string[] = [];
  for (const file of Object.keys(createRequire(import.meta.url).cache)) {
    if (!/\.(?:js|cjs)$/.test(file) || file.startsWith(OWN_FOLDER)) continue;
    let source: string;
    try {
      source = readFileSync(file, 'utf8');
    } catch {
      continue; // gone since, or never a file
    }
    for (const [module, names] of patched) {
      if (!takesCopies(source, module, names)) continue;
      found.push(file);
      break;
    }
  }
  return found;
}

/** Whether `source` takes one of `names` out of `module`, or all that is in it, when it is loaded. */
export function takesCopies(source: string, module: string, names: readonly string[]): boolean {
  const loading = String.raw`require\(\s*['"](?:node:)?${module}['"]\s*\)`;
  if (!new RegExp(loading).test(source)) return false;
  const sought = names.filter((name) => !MINOR.has(name));
  if (sought.length === 0) return false;
  const anyName = `(?:${sought.join('|')})`;
  // const alias = require('fs')
  const aliases = [...source.matchAll(new RegExp(String.raw`([\w$]+)\s*=\s*${loading}(?!\s*[.[(])`, 'g'))];
  const holder = `(?:${[loading, ...aliases.map(([, alias]) => String.raw`\b${escaped(alias as string)}\b`)].join('|')})`;
  // const fs = _interopRequireWildcard(require('fs')), which is Babel's `import * as fs`, and a copy
  const copied = new RegExp(String.raw`([\w$]+)\s*=\s*_?interopRequireWildcard\w*\(\s*${loading}`, 'g');
  const copies = [...source.matchAll(copied)].map(
    ([, alias]) => String.raw`\b${escaped(alias as string)}\.${anyName}\b`,
  );
  return [
    ...copies,
    String.raw`\{[^{}]*\b${anyName}\b[^{}]*\}\s*=\s*${holder}(?!\s*[.[(])`, // const { readFileSync } = fs
    String.raw`=\s*${holder}\s*\.\s*${anyName}\b(?!\s*[(.[])`, // const read = fs.readFileSync
    String.raw`\b(?:clone\w*|assign)\s*\([^()]*${holder}\s*\)`, // Object.assign({}, fs)
    String.raw`\{\s*\.\.\.\s*${holder}`, // { ...fs }
  ].some((pattern) => new RegExp(pattern).test(source));
}

function escaped(name: string): string {
  return name.replaceAll('$', String.raw`\$`);
}

function originalReadFile(): typeof fs.readFileSync {
  const { readFileSync } = fs;
  return ((readFileSync as { [ORIGINAL]?: typeof readFileSync })[ORIGINAL] ?? readFileSync) as typeof readFileSync;
}

/** `…/node_modules/graceful-fs/clone.js` as `graceful-fs/clone.js`. */
export function shortName(file: string): string {
  const marker = `${sep}node_modules${sep}`;
  const at = file.lastIndexOf(marker);
  return at === -1 ? file : file.slice(at + marker.length);
}
