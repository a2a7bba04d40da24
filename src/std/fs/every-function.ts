// The other blocking functions, green only on request: on a local disk that is warm the way to the thread pool costs more
// than they do, but on a network share, or a cold disk, each can take long.
//
// Nothing is looked up before on the loop, where a plan of data-functions.ts would: that could take long as well.

import type { Stats } from 'node:fs';
import { ORIGINAL } from '../twin.ts';
import { type CallOptions, optionsOf, withoutSignal } from './call-options.ts';
import { calling } from './data-functions.ts';
import { examineFd, type FileKind, kindOf } from './file-kind.ts';
import { originalOf } from './originals.ts';
import { isFd, isPath } from './path-key.ts';
import { withPinnedPaths } from './pinned-paths.ts';
import type { Plan, Planner } from './plan.ts';

// How many arguments each takes; what is beyond the asynchronous one would take for its callback.
const BY_PATH: Readonly<Record<string, number>> = {
  accessSync: 2,
  chmodSync: 2,
  chownSync: 3,
  lchmodSync: 2,
  lchownSync: 3,
  linkSync: 2,
  lstatSync: 2,
  lutimesSync: 3,
  mkdirSync: 2,
  mkdtempSync: 2,
  opendirSync: 2,
  readdirSync: 2,
  readlinkSync: 2,
  realpathSync: 2,
  renameSync: 2,
  rmdirSync: 2,
  rmSync: 2,
  statfsSync: 2,
  statSync: 2,
  symlinkSync: 3,
  unlinkSync: 1,
  utimesSync: 3,
};

const BY_FD: Readonly<Record<string, number>> = {
  closeSync: 1,
  fchmodSync: 2,
  fchownSync: 3,
  fstatSync: 2,
  futimesSync: 3,
};

// Whose asynchronous errors show another path than the blocking ones.
const OTHER_ERRORS: ReadonlySet<string> = new Set(['mkdtempSync', 'opendirSync']);

const TWO_PATHS: ReadonlySet<string> = new Set(['linkSync', 'renameSync']);

// Whose results would show the absolute path, or whose errors do anyhow; a symbolic link holds its first argument as it is.
const UNPINNED: ReadonlySet<string> = new Set([
  'mkdirSync',
  'mkdtempSync',
  'opendirSync',
  'readdirSync',
  'realpathSync',
  'symlinkSync',
]);

/** Planners that never look at the disk on the loop. */
export function everyPlanner(): Readonly<Record<string, Planner>> {
  const planners: Record<string, Planner> = {
    existsSync: withPinnedPaths('existsSync', 1, planExists),
    openSync: withPinnedPaths('openSync', 1, planOpen),
    openAsBlobSync: planBlob,
  };
  for (const [name, count] of Object.entries(BY_PATH)) {
    const plan: Planner = (args) => (isPath(args[0]) ? planSimple(name, count, args) : null);
    const paths = TWO_PATHS.has(name) ? 2 : 1;
    planners[name] = UNPINNED.has(name) ? plan : withPinnedPaths(name, paths, plan);
  }
  for (const [name, count] of Object.entries(BY_FD)) {
    planners[name] = (args) => (isFd(args[0]) && args[0] > 2 ? planSimple(name, count, args) : null);
  }
  planners['readSync'] = planReadSync;
  planners['writeSync'] = planWriteSync;
  for (const name of ['readvSync', 'writevSync']) planners[name] = (args) => planVector(name, args);
  return planners;
}

function planSimple(name: string, count: number, given: readonly unknown[]): Plan | null {
  const args = given.slice(0, count);
  while (args.length > 1 && args.at(-1) === undefined) args.pop();
  if (args.some((arg) => typeof arg === 'function')) return null;
  const last = args.at(-1);
  if (args.length > 1 && typeof last === 'object' && optionsOf(last) === null) return null;
  if (name === 'readdirSync' && (last as CallOptions | null)?.['recursive'] === true) return null;
  const begin = calling(asyncName(name), args.map(withoutSignal));
  const missingIsFine = (last as CallOptions | undefined)?.['throwIfNoEntry'] === false;
  return {
    begin: (done) =>
      begin((error, value) => {
        if (missingIsFine && codeOf(error) === 'ENOENT') done(null);
        else if (isMissing(error) && (missingIsFine || OTHER_ERRORS.has(name))) done(null, ORIGINAL);
        else done(error, value);
      }),
    ...(name === 'opendirSync' && { late: closeLate }),
  };
}

function planExists([path]: readonly unknown[]): Plan | null {
  if (!isPath(path)) return null;
  const begin = calling('access', [path]);
  return { begin: (done) => begin((error) => done(null, error === null || error === undefined)) };
}

function planOpen([path, flags, mode]: readonly unknown[]): Plan | null {
  if (!isPath(path)) return null;
  return {
    begin: onlyIf(['file', 'directory', 'missing'], path, calling('open', [path, flags ?? 'r', mode ?? 0o666])),
    late: (fd) => (originalOf('close') as (fd: unknown, done: () => void) => void)(fd, () => {}),
  };
}

function planBlob([path, options]: readonly unknown[]): Plan | null {
  const openAsBlob = originalOf('openAsBlob');
  if (!isPath(path) || openAsBlob === undefined) return null;
  return {
    begin: (done) => {
      openAsBlob(path, options).then((blob: unknown) => done(null, blob), done);
      return undefined;
    },
  };
}

function planReadSync(args: readonly unknown[]): Plan | null {
  const [fd, buffer] = args;
  if (!isFd(fd) || !ArrayBuffer.isView(buffer) || examineFd(fd).kind !== 'file') return null;
  let [, , offset, length, position] = args;
  if (args.length <= 3 && offset !== undefined && typeof offset !== 'object') return null;
  if (args.length <= 3 || (typeof offset === 'object' && offset !== null)) {
    const options = (offset ?? {}) as CallOptions;
    offset = options['offset'] ?? 0;
    length = options['length'] ?? buffer.byteLength - (offset as number);
    position = options['position'];
  }
  return { begin: calling('read', [fd, buffer, offset ?? 0, length, position ?? null]) };
}

function planWriteSync(args: readonly unknown[]): Plan | null {
  const [fd, data, ...rest] = args;
  if (!isFd(fd) || fd <= 2 || examineFd(fd).kind !== 'file') return null;
  if (typeof data === 'string') return { begin: calling('write', [fd, data, rest[0] ?? null, rest[1] ?? 'utf8']) };
  if (!ArrayBuffer.isView(data)) return null;
  let [offset, length, position] = rest;
  if (typeof offset === 'object' && offset !== null) {
    const options = offset as CallOptions;
    offset = options['offset'] ?? 0;
    length = options['length'] ?? data.byteLength - (offset as number);
    position = options['position'];
  }
  return { begin: calling('write', [fd, data, offset ?? 0, length ?? undefined, position ?? null]) };
}

function planVector(name: string, [fd, buffers, position]: readonly unknown[]): Plan | null {
  if (!isFd(fd) || fd <= 2 || examineFd(fd).kind !== 'file') return null;
  return { begin: calling(asyncName(name), [fd, buffers, position ?? null]) };
}

/**
 * `begin`, or what `others` has for this kind, after a look at `path` that does not block: what is of another kind is left
 * to the original.
 */
export function onlyIf(
  kinds: readonly FileKind[],
  path: unknown,
  begin: Plan['begin'],
  others: Partial<Record<FileKind, Plan['begin']>> = {},
): Plan['begin'] {
  const look = calling('stat', [path]);
  return (done, leave) => {
    let stopped = false;
    let stop: (() => void) | undefined;
    look((error, stats) => {
      const kind = isMissing(error) ? 'missing' : error === null ? kindOf(stats as Stats) : 'unknown';
      const chosen = kinds.includes(kind) ? begin : others[kind];
      try {
        if (chosen === undefined || stopped) done(null, ORIGINAL);
        else stop = chosen(done, leave);
      } catch {
        done(null, ORIGINAL);
      }
    });
    return () => {
      stopped = true;
      stop?.();
    };
  };
}

function asyncName(name: string): string {
  return name.slice(0, -'Sync'.length);
}

function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}

function closeLate(dir: unknown): void {
  (dir as { close(done: () => void): void }).close(() => {});
}
