// Which files a scope has copies of its own of. Pure, and free of the rest: the thread of the ES module hooks has it, too.

import { dirname, extname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const OWN_FOLDER = dirname(dirname(fileURLToPath(import.meta.url))) + sep;
const PACKAGES = `${sep}node_modules${sep}`;

export class ScopePolicy {
  readonly #include: ReadonlySet<string> | null;
  readonly #exclude: ReadonlySet<string>;
  /** The packages that were asked for. */
  readonly #entries = new Set<string>();

  constructor(include: readonly string[] | undefined, exclude: readonly string[]) {
    this.#include = include === undefined ? null : new Set(include);
    this.#exclude = new Set(exclude);
  }

  /** `filename` was asked for: its package has copies in any case. */
  enter(filename: string): void {
    this.#entries.add(packageOf(filename));
  }

  /** Addons are for sharing; so is greenroom, whose contexts there must be one kind of. */
  copies(filename: string): boolean {
    if (filename.startsWith(OWN_FOLDER) || extname(filename) === '.node') return false;
    const name = packageOf(filename);
    if (this.#entries.has(name)) return true;
    return !this.#exclude.has(name) && (this.#include === null || this.#include.has(name));
  }
}

/** The name of the package that a file belongs to; empty for the program's own files. */
export function packageOf(filename: string): string {
  const at = filename.lastIndexOf(PACKAGES);
  if (at === -1) return '';
  const [first = '', second = ''] = filename.slice(at + PACKAGES.length).split(sep, 2);
  return first.startsWith('@') ? `${first}/${second}` : first;
}
