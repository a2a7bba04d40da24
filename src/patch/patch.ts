// What patchBlocking() has done to a process: which functions stand where, how often they were called, and the way back.

import type { Replaced } from '../std/namespace-of.ts';
import type { AnyFunction } from '../std/twin.ts';
import { shortName } from './late-copies.ts';
import { blocksFor } from './left-blocking.ts';
import { warnPatchedOver } from './patch-warnings.ts';
import { type PatchedCalls, type PatchedFunction, patchedFunction } from './patched-function.ts';

export interface PatchReport {
  /** Whether the patch is in force. */
  readonly active: boolean;
  /** For every function that is, or was, patched, such as `fs.writeFileSync`: how its calls in contexts went. */
  readonly functions: Readonly<Record<string, PatchedCalls>>;
  /** Modules that had taken copies before the patch, and go on blocking: `graceful-fs/clone.js`. */
  readonly late: readonly string[];
}

interface Place {
  readonly holder: object;
  readonly name: string;
  readonly before: PropertyDescriptor;
  readonly patched: PatchedFunction;
}

/** The patch of a process. Made by {@link patchBlocking} only. */
export class Patch implements Disposable {
  readonly #places = new Map<string, Place>();
  readonly #onUndo: () => void;
  #late: readonly string[] = [];
  #active = true;

  /** @internal */
  constructor(onUndo: () => void) {
    this.#onUndo = onUndo;
  }

  /**
   * Puts everything back: afterwards `fs.readFileSync` is Node's own again, copies that others have taken meanwhile behave
   * like it, and calls that are under way end as they would have. Never suspends; again, it does nothing.
   *
   * What somebody else has replaced since stays: a warning `GREEN_WARN_PATCH_OVER` names it.
   */
  undo(): void {
    if (!this.#active) return;
    this.#active = false;
    const replaced: string[] = [];
    for (const [path, { holder, name, before, patched }] of this.#places) {
      patched.use(null);
      if (Object.getOwnPropertyDescriptor(holder, name)?.value === patched.fn)
        Object.defineProperty(holder, name, before);
      else replaced.push(path);
    }
    this.#onUndo();
    if (replaced.length > 0) warnPatchedOver(replaced);
  }

  [Symbol.dispose](): void {
    this.undo();
  }

  /** What is patched, how often that was of use, and what was missed. Never suspends. */
  report(): PatchReport {
    const functions: Record<string, PatchedCalls> = {};
    for (const [path, { patched }] of this.#places) functions[path] = { ...patched.calls };
    return { active: this.#active, functions, late: this.#late.map(shortName) };
  }

  /** @internal Patches `name` of `holder`; false if it cannot be. */
  add(module: string, name: string, holder: object, { original, green }: Replaced): boolean {
    const path = `${module}.${name}`;
    const known = this.#places.get(path);
    if (known !== undefined) {
      known.patched.use(green);
      return true;
    }
    const before = Object.getOwnPropertyDescriptor(holder, name);
    if (before === undefined || before.configurable === false) return false;
    // Outside contexts everything is as it was: if others had put something there, that is called.
    const standing = typeof before.value === 'function' ? (before.value as AnyFunction) : original;
    const patched = patchedFunction(standing, green, blocksFor(module, name));
    const { enumerable = true } = before;
    Object.defineProperty(holder, name, { value: patched.fn, enumerable, configurable: true, writable: true });
    this.#places.set(path, { holder, name, before, patched });
    return true;
  }

  /** @internal Whether `path`, such as `fs.writeFileSync`, is patched. */
  has(path: string): boolean {
    return this.#active && this.#places.has(path);
  }

  /** @internal The files that hold copies. */
  get late(): readonly string[] {
    return this.#late;
  }

  set late(files: readonly string[]) {
    this.#late = files;
  }
}
