// A relative path means what it means at the call, although the thread pool looks it up later, perhaps after another
// context has called process.chdir().

import { isAbsolute, sep } from 'node:path';

import { ORIGINAL } from '../twin.ts';
import { workingDirectory } from '../working-directory.ts';
import { originalOf } from './originals.ts';
import type { Plan, Planner } from './plan.ts';

/** `plan` of `name`, the first `count` of whose arguments are paths: made absolute for it, and shown as given in errors. */
export function withPinnedPaths(name: string, count: number, plan: Planner): Planner {
  return (args) => {
    if (!args.some((arg, index) => index < count && isRelative(arg))) return plan(args);
    const folder = workingDirectory();
    if (folder === null) return plan(args);
    const pinned = args.map((arg, index) => (index < count && isRelative(arg) ? `${folder}${sep}${arg}` : arg));
    const planned = plan(pinned);
    return planned && pinnedPlan(planned, name, folder, args, pinned);
  };
}

function pinnedPlan(
  { begin, ...plan }: Plan,
  name: string,
  folder: string,
  args: readonly unknown[],
  pinned: readonly unknown[],
): Plan {
  const shown = (text: string): string =>
    pinned.reduce<string>(
      (result, path, index) =>
        path === args[index] ? result : withPath(result, path as string, args[index] as string),
      text,
    );
  const restore = (error: unknown): unknown => {
    if (!(error instanceof Error)) return error;
    const { path, dest } = error as { path?: unknown; dest?: unknown };
    error.message = shown(error.message);
    if (typeof path === 'string') Object.assign(error, { path: shown(path) });
    if (typeof dest === 'string') Object.assign(error, { dest: shown(dest) });
    return error;
  };
  return {
    ...plan,
    begin: (done, leave) => {
      let gaveUp = false;
      const stop = begin((error, value) => {
        if (value !== ORIGINAL || gaveUp || workingDirectory() === folder) done(restore(error), value);
        else callOriginal(name, pinned, (thrown, result) => done(restore(thrown), result));
      }, leave);
      return () => {
        gaveUp = true;
        stop?.();
      };
    },
  };
}

// The caller's own arguments mean something else by now.
function callOriginal(name: string, pinned: readonly unknown[], done: (error: unknown, value?: unknown) => void): void {
  let value: unknown;
  try {
    value = originalOf(name)?.(...pinned);
  } catch (error) {
    done(error);
    return;
  }
  done(null, value);
}

/** `text` with `given` wherever it names `pinned`, or what is below. */
function withPath(text: string, pinned: string, given: string): string {
  return text.replaceAll(pinned, (found: string, at: number) => {
    const next = text[at + pinned.length];
    return next === undefined || `'") ${sep}`.includes(next) ? given : found;
  });
}

// On Windows `C:file` belongs to the directory of another drive.
function isRelative(path: unknown): path is string {
  return typeof path === 'string' && path !== '' && !isAbsolute(path) && !/^[A-Za-z]:/.test(path);
}
