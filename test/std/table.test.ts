// docs/std.md against the running Node: its table has every function that blocks, and says of each what is so.

import { readFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';

import { describe, expect, it } from 'vitest';

import { patchBlocking } from '../../src/patch/index.ts';
import { replacedNames as childProcessNames } from '../../src/std/child_process/index.ts';
import { replacedNames as cryptoNames } from '../../src/std/crypto/index.ts';
import { createGreenFs, replacedNames as fsNames } from '../../src/std/fs/index.ts';
import { replacedNames as zlibNames } from '../../src/std/zlib/index.ts';

interface Entry {
  /** `fs.Dir#readSync` */
  readonly name: string;
  readonly since: readonly number[];
  readonly verdict: string;
}

const require = createRequire(import.meta.url);
const OTHERS = 'Other modules';
const DEPRECATED = ['punycode', 'sys']; // they warn when they are loaded
const VERSION = process.versions.node.split('.').map(Number);

const entries = readTable(readFileSync(new URL('../../docs/std.md', import.meta.url), 'utf8'));
const namesWith = (module: string, verdict: string): string[] => {
  const names = entries.filter((entry) => entry.verdict === verdict && isHere(entry)).map((entry) => entry.name);
  return names.filter((name) => name.startsWith(`${module}.`)).map((name) => name.slice(module.length + 1));
};

describe('the table of docs/std.md', () => {
  it('has a verdict for each, and none twice', () => {
    expect(entries.filter((entry) => !['green', 'on request', 'left', 'offload'].includes(entry.verdict))).toEqual([]);
    const names = entries.map((entry) => entry.name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  it.each(entries)('names what there is: $name', (entry) => {
    const [major = 0, minor = 0] = VERSION;
    const [sinceMajor = 0, sinceMinor = 0] = entry.since;
    const mustBe = major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
    if (mustBe && entry.name !== 'fs.lchmodSync') expect(find(entry.name)).toBeDefined(); // that one on macOS only
  });

  it('has every function of this Node that says it is synchronous', () => {
    const names = new Set(entries.map((entry) => entry.name));
    expect(syncNames().filter((name) => !names.has(name))).toEqual([]);
  });

  it.each([
    ['fs', fsNames],
    ['child_process', childProcessNames],
    ['crypto', cryptoNames],
    ['zlib', zlibNames],
  ])('calls green what is green in %s', (module, replaced) => {
    expect(namesWith(module, 'green').toSorted()).toEqual(replaced.toSorted());
  });

  it('says what is green in fs on request', () => {
    const all = [...createGreenFs({ functions: 'all' }).replaced.keys()];
    expect(namesWith('fs', 'on request').toSorted()).toEqual(all.filter((name) => !fsNames.includes(name)).toSorted());
  });

  it('has the names that patchBlocking() can be told to exclude, on every Node', () => {
    const modules = ['fs', 'child_process', 'crypto', 'zlib'];
    const may = ({ name, verdict }: Entry): boolean =>
      (verdict === 'green' || verdict === 'on request') && modules.includes(name.split('.')[0] as string);
    const exclude = entries.filter(may).map(({ name }) => name);
    using patch = patchBlocking({ warnLate: false, atomics: true, exclude: [...exclude, 'Atomics.wait'] });
    expect(patch.report().functions).toEqual({});
  });

  it('is what patchBlocking() goes by', () => {
    using patch = patchBlocking({ warnLate: false });
    expect(Object.keys(patch.report().functions).toSorted()).toEqual(
      ['fs', 'child_process', 'crypto', 'zlib']
        .flatMap((module) => namesWith(module, 'green').map((name) => `${module}.${name}`))
        .toSorted(),
    );
  });
});

function readTable(text: string): Entry[] {
  const found: Entry[] = [];
  const [, part = ''] = /\n## Every blocking function of Node\n([\s\S]*?)\n## /.exec(text) ?? [];
  for (const section of part.split('\n### ').slice(1)) {
    const title = section.slice(0, section.indexOf('\n'));
    for (const line of section.split('\n')) {
      const [, first, verdict] = /^\| (`[^|]*) \| ([^|]*) \|/.exec(line) ?? [];
      if (first === undefined || verdict === undefined) continue;
      for (const [, name, since = '20'] of first.matchAll(/`([^`]+)`(?: \(([\d.]+)\))?/g)) {
        const full = title.startsWith(OTHERS) ? (name as string) : `${title}.${name}`;
        found.push({ name: full, since: since.split('.').map(Number), verdict });
      }
    }
  }
  return found;
}

/** The function of that name; undefined where there is none. */
function find(name: string): unknown {
  const [root, ...path] = name.split(/(?=[.#])/) as [string, ...string[]];
  let value: unknown = moduleOf(root) ?? (globalThis as Record<string, unknown>)[root];
  for (const step of path) {
    const holder = value as Record<string, unknown> | undefined;
    value = (step.startsWith('#') ? (holder?.['prototype'] as typeof holder) : holder)?.[step.slice(1)];
  }
  return value;
}

function isHere(entry: Entry): boolean {
  return find(entry.name) !== undefined;
}

function moduleOf(name: string): unknown {
  if (name === 'process' || name === 'console') return undefined; // globals
  try {
    return require(`node:${name}`);
  } catch {
    return undefined;
  }
}

/** All `…Sync` of all modules, their classes and the methods of these. */
function syncNames(): string[] {
  const found: string[] = [];
  const modules = new Set([...builtinModules.map((name) => name.replace('node:', '')), 'sqlite']);
  for (const name of modules) {
    if (name.startsWith('_') || name.includes('/') || DEPRECATED.includes(name)) continue;
    const module = moduleOf(name);
    if (module === undefined) continue;
    for (const key of syncKeys(module)) found.push(`${name}.${key}`);
    for (const [key, value] of classesOf(module)) {
      for (const method of syncKeys(value)) found.push(`${name}.${key}.${method}`);
      for (const method of syncKeys(value.prototype)) found.push(`${name}.${key}#${method}`);
    }
  }
  return found;
}

function classesOf(module: unknown): [string, { prototype: object }][] {
  return Object.getOwnPropertyNames(module)
    .filter((key) => /^[A-Z][a-z0-9]/.test(key)) // some of the others warn when they are looked at
    .map((key) => [key, (module as Record<string, unknown>)[key]] as const)
    .filter((pair): pair is [string, { prototype: object }] => typeof pair[1] === 'function' && 'prototype' in pair[1]);
}

/** Also those that are inherited, and only what there really is: on Linux `fs.lchmodSync` is undefined. */
function syncKeys(holder: unknown): string[] {
  const keys = new Set<string>();
  for (let at = holder; at !== null && at !== undefined; at = Object.getPrototypeOf(at)) {
    for (const key of Object.getOwnPropertyNames(at)) if (key.endsWith('Sync')) keys.add(key);
  }
  return [...keys].filter((key) => (holder as Record<string, unknown>)[key] !== undefined);
}
