// The functions that are green by default: those whose work outweighs the way to the thread pool and back, by
// measurement. What is quick, or unusual, or wrong, is left to the original.

import { relative, sep } from 'node:path';
import { ORIGINAL, type Settle } from '../twin.ts';
import { encodingOf, optionsOf, withoutSignal } from './call-options.ts';
import { examineFd, examinePath, type FileKind, idOf, neverBlocks } from './file-kind.ts';
import { lstatSync, originalOf } from './originals.ts';
import { absolutePath, isFd, isPath, reads, readsFrom, writes } from './path-key.ts';
import { type Claim, pathLocks } from './path-locks.ts';
import { withPinnedPaths } from './pinned-paths.ts';
import type { Plan, Planner } from './plan.ts';
import { readFifo, readToEnd, whenReady } from './read-when-ready.ts';

export interface DataLimits {
  /** From how many bytes on `readFileSync()` suspends. */
  readonly readFile: number;
  /** From how many bytes on `appendFileSync()` suspends. */
  readonly appendFile: number;
}

/**
 * A call of `readSync()` on a pipe, socket or terminal: by polling. Else it is the original's, which reads a few kilobytes
 * of a file faster than any other thread could be told to.
 */
function planPollableRead(args: readonly unknown[]): Plan | null {
  const [fd] = args;
  if (!isFd(fd) || !ArrayBuffer.isView(args[1]) || examineFd(fd).kind !== 'pollable' || neverBlocks(fd)) return null;
  const read = originalOf('readSync') as (...args: readonly unknown[]) => unknown;
  return { claims: readsFrom(fd), begin: (done) => whenReady(fd, () => read(...args), done) };
}

type AsyncFunction = (...args: unknown[]) => undefined;

/** A call of the asynchronous `name` with `args`, which must be as many as it takes before the callback. */
export function calling(name: string, args: readonly unknown[]): (done: Settle) => undefined {
  const fn = originalOf(name) as AsyncFunction;
  return (done) => fn(...args, done);
}

export function dataPlanners(limits: DataLimits): Readonly<Record<string, Planner>> {
  return {
    readFileSync: withPinnedPaths('readFileSync', 1, (args) => planRead(args, limits.readFile)),
    readSync: planPollableRead,
    writeFileSync: withPinnedPaths('writeFileSync', 1, (args) => planWrite('writeFile', args, 0)),
    appendFileSync: withPinnedPaths('appendFileSync', 1, (args) => planWrite('appendFile', args, limits.appendFile)),
    copyFileSync: withPinnedPaths('copyFileSync', 2, planCopy),
    cpSync: withPinnedPaths('cpSync', 2, planTreeCopy),
    rmSync: withPinnedPaths('rmSync', 1, planTreeRemoval),
    globSync: planGlob,
    readdirSync: planTreeListing,
    truncateSync: withPinnedPaths('truncateSync', 1, planTruncate),
    ftruncateSync: planTruncateFd,
    fsyncSync: (args) => planFlush('fsync', args),
    fdatasyncSync: (args) => planFlush('fdatasync', args),
  };
}

function planRead([file, given]: readonly unknown[], minBytes: number): Plan | null {
  const options = optionsOf(given);
  if (options === null) return null;
  const reading = (options['flag'] ?? 'r') === 'r';
  if (isFd(file)) {
    const { kind, size, id } = examineFd(file);
    if (kind === 'pollable' && !neverBlocks(file)) {
      return { claims: readsFrom(file), begin: (done) => readToEnd(file, encodingOf(options), done) };
    }
    const claims = readsFrom(file, id);
    if (kind !== 'file' || ((size === 0 || size < minBytes) && pathLocks.admits(claims))) return null;
    return { claims, begin: calling('readFile', [file, withoutSignal(given)]) };
  }
  if (!isPath(file)) return null;
  const { kind, size, id } = examinePath(file);
  if (kind === 'fifo' && reading && process.platform === 'linux') {
    return { begin: (done) => readFifo(file, encodingOf(options), done) };
  }
  const claims = reading ? reads(file, id) : writes(file, id);
  if (pathLocks.admits(claims) && (kind !== 'file' || size < minBytes)) return null;
  return { claims, begin: unlessOdd(file, calling('readFile', [file, withoutSignal(given)])) };
}

function planWrite(name: string, [file, data, given]: readonly unknown[], minBytes: number): Plan | null {
  if (typeof data !== 'string' && !ArrayBuffer.isView(data)) return null;
  if (optionsOf(given) === null) return null;
  const claims = claimsToWrite(file);
  if (claims === null) return null;
  const bytes = typeof data === 'string' ? data.length : data.byteLength;
  if (bytes < minBytes && pathLocks.admits(claims)) return null;
  const begin = calling(name, [file, data, withoutSignal(given)]);
  return { claims, begin: isPath(file) ? unlessOdd(file, begin) : begin };
}

function planCopy([source, target, mode]: readonly unknown[]): Plan | null {
  if (!isPath(source) || !isPath(target)) return null;
  const read = claimsToRead(source);
  const written = claimsToWrite(target);
  if (read === null || written === null) return null;
  const copy = calling('copyFile', [source, target, mode ?? 0]);
  return { claims: [...read, ...written], begin: unlessOdd(source, unlessOdd(target, copy)) };
}

// The two ways differ in their errors, and in what they make of symbolic links, so only what will go well is taken: a
// file or a tree, to where nothing is or the same kind.
function planTreeCopy([source, target, given]: readonly unknown[]): Plan | null {
  const options = optionsOf(given);
  if (options === null || options['errorOnExist'] === true || options['dereference'] === true) return null;
  if (!isPath(source) || !isPath(target)) return null;
  const [from, to] = [entryAt(source), entryAt(target)];
  if (from === null || to === null) return null;
  if (from.kind === 'directory' ? options['recursive'] !== true : from.kind !== 'file') return null;
  if (to.kind !== 'missing' && (to.kind !== from.kind || to.id === from.id)) return null;
  if (isWithin(absolutePath(target), absolutePath(source))) return null;
  const claims = [...reads(source, from.id), ...writes(target, to.id)];
  const copy = calling('cp', [source, target, options]);
  // Of conflicts further down the blocking function says something else, in some versions; so that says it.
  const begin = (done: Settle): undefined =>
    copy((error, value) => (isConflict(error) ? done(null, ORIGINAL) : done(error, value)));
  return { claims, begin };
}

function isConflict(error: unknown): boolean {
  return String((error as { code?: unknown } | null | undefined)?.code).startsWith('ERR_FS_CP_');
}

function planTreeRemoval([path, given]: readonly unknown[]): Plan | null {
  const options = optionsOf(given);
  if (options?.['recursive'] !== true || !isPath(path) || entryAt(path)?.kind !== 'directory') return null;
  return { claims: writes(path), begin: calling('rm', [path, options]) };
}

function planGlob([pattern, given]: readonly unknown[]): Plan | null {
  const options = optionsOf(given);
  if (options === null || originalOf('glob') === undefined) return null;
  if (typeof pattern !== 'string' && !(Array.isArray(pattern) && pattern.every(isString))) return null;
  return { begin: calling('glob', [pattern, options]) };
}

// Node 20's asynchronous function does it all on the loop, too.
const LISTS_TREES = Number.parseInt(process.versions.node, 10) >= 22;

function planTreeListing([path, given]: readonly unknown[]): Plan | null {
  const options = optionsOf(given);
  if (!LISTS_TREES || options?.['recursive'] !== true || !isPath(path)) return null;
  if (encodingOf(options) !== null || options['encoding'] === 'buffer') return null; // an uncaught error of Node's own
  return { begin: calling('readdir', [path, given]) };
}

function planTruncate([path, length]: readonly unknown[]): Plan | null {
  if (!isPath(path)) return null;
  const { kind, id } = examinePath(path);
  const claims = writes(path, id);
  if (!isFileOrSoon(kind, claims)) return null;
  return { claims, begin: unlessOdd(path, calling('truncate', [path, length ?? 0])) };
}

function planTruncateFd([fd, length]: readonly unknown[]): Plan | null {
  if (!isFd(fd)) return null;
  const { kind, id } = examineFd(fd);
  if (kind !== 'file') return null;
  return { claims: writes(fd, id), begin: calling('ftruncate', [fd, length ?? 0]) };
}

function planFlush(name: string, [fd]: readonly unknown[]): Plan | null {
  if (!isFd(fd) || examineFd(fd).kind !== 'file') return null;
  return { begin: calling(name, [fd]) };
}

// A file that is being made, by a call before this one, is as good as there.
function isFileOrSoon(kind: FileKind, claims: readonly Claim[]): boolean {
  return kind === 'file' || !pathLocks.admits(claims);
}

function claimsToRead(path: string | URL | Uint8Array): Claim[] | null {
  const { kind, id } = examinePath(path);
  const claims = reads(path, id);
  return isFileOrSoon(kind, claims) ? claims : null;
}

/** `begin`, after another look: who has queued for the path may find a pipe there, or what the errors differ for. */
function unlessOdd(path: string | URL | Uint8Array, begin: Plan['begin']): Plan['begin'] {
  return (done, leave) => {
    const { kind } = examinePath(path);
    if (kind === 'file' || kind === 'missing') return begin(done, leave);
    done(null, ORIGINAL);
    return undefined;
  };
}

// Standard output and error are nobody's to suspend in: console.log() writes there.
function claimsToWrite(file: unknown): Claim[] | null {
  if (isFd(file)) {
    const { kind, id } = examineFd(file);
    return file > 2 && kind === 'file' ? writes(file, id) : null;
  }
  if (!isPath(file)) return null;
  const { kind, id } = examinePath(file);
  return kind === 'file' || kind === 'missing' ? writes(file, id) : null;
}

function entryAt(path: string | URL | Uint8Array): { kind: string; id: string } | null {
  try {
    const stats = lstatSync(path as string, { throwIfNoEntry: false });
    if (stats === undefined) return { kind: 'missing', id: '' };
    const kind = stats.isDirectory() ? 'directory' : stats.isFile() ? 'file' : 'other';
    return { kind, id: idOf(stats) };
  } catch {
    return null;
  }
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`));
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}
