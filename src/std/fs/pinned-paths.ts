// A relative path means what it means at the call, although the thread pool looks it up later, perhaps after another
// context has called process.chdir().

import { isAbsolute, sep } from 'node:path';

import { workingDirectory } from '../working-directory.ts';
import type { Plan, Planner } from './plan.ts';

/** `plan`, the first `count` of whose arguments are paths: made absolute for it, and shown as given in its errors. */
export function withPinnedPaths(count: number, plan: Planner): Planner {
  return (args) => {
    if (!args.some((arg, index) => index < count && isRelative(arg))) return plan(args);
    const folder = workingDirectory();
    if (folder === null) return plan(args);
    const pinned = args.map((arg, index) => (index < count && isRelative(arg) ? `${folder}${sep}${arg}` : arg));
    const planned = plan(pinned);
    return planned && shownAsGiven(planned, args, pinned);
  };
}

function shownAsGiven({ begin, ...plan }: Plan, args: readonly unknown[], pinned: readonly unknown[]): Plan {
  const restore = (error: unknown): unknown => {
    if (!(error instanceof Error)) return error;
    const { path, dest } = error as { path?: unknown; dest?: unknown };
    pinned.forEach((text, index) => {
      if (text === args[index]) return;
      error.message = error.message.replace(`'${text}'`, () => `'${args[index]}'`);
      if (path === text) Object.assign(error, { path: args[index] });
      if (dest === text) Object.assign(error, { dest: args[index] });
    });
    return error;
  };
  return { ...plan, begin: (done, leave) => begin((error, value) => done(restore(error), value), leave) };
}

// On Windows `C:file` belongs to the directory of another drive.
function isRelative(path: unknown): path is string {
  return typeof path === 'string' && path !== '' && !isAbsolute(path) && !/^[A-Za-z]:/.test(path);
}
