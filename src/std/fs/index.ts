// greenroom/std/fs: node:fs, whose functions that move or flush data, or walk trees, suspend in a context.

import type fs from 'node:fs';

import { createGreenFs, GREEN_FS_DEFAULTS, type GreenFs, type GreenFsOptions } from './green-fs.ts';

const { namespace, replaced }: GreenFs = createGreenFs();

export * from 'node:fs';
export { createGreenFs, GREEN_FS_DEFAULTS, type GreenFs, type GreenFsOptions };

/** The functions of this Node's `fs` that are green here; everything else is Node's own. */
export const replacedNames: readonly string[] = Object.freeze([...replaced.keys()]);

/**
 * Like every function below: outside a context, and wherever it may not suspend, exactly Node's own. In a context it
 * **suspends the context** while a thread of libuv's pool works; arguments, results and errors are those of Node's.
 *
 * - Two green calls never see each other's half-written file: each holds its path until its work has really ended, readers
 *   together, a writer alone, first come, first served; by whatever name, except while it is being made, and
 *   with `functions: 'all'`: then two names by links are two files. What is not green takes no part: streams, `fs.promises`, calls outside contexts,
 *   workers, other processes. A read, a change and a write in three calls are the caller's own to protect, by a `Lock` of
 *   greenroom/sync.
 * - Cancelled while it waits for its turn, a call leaves the queue. Cancelled while the pool works, it throws at once,
 *   and the work goes on to its end, with the file still held; a call with a descriptor or a buffer of the caller's
 *   waits for that end and throws then, as the caller could otherwise close or change what is in use.
 * - Buffers that are being written must not be changed by other contexts meanwhile. A relative path means what it means
 *   at the call, whoever calls `process.chdir()` afterwards; not so where directories are listed, and, with
 *   `functions: 'all'`, made.
 *
 * `readFileSync()` suspends for files of 262,144 bytes and more, and for smaller ones that are being written. A pipe, a
 * socket or a terminal is polled, and never holds a thread. Throws what Node's does, and `GREEN_ERR_CANCELLED`.
 */
export const readFileSync: typeof fs.readFileSync = namespace.readFileSync;

/** Suspends the context for pipes, sockets and terminals only, until something can be read; see {@link readFileSync}. */
export const readSync: typeof fs.readSync = namespace.readSync;

/** Suspends the context, whatever the size; but not for what is no regular file. See {@link readFileSync}. */
export const writeFileSync: typeof fs.writeFileSync = namespace.writeFileSync;

/** Suspends the context from 65,536 bytes on, and when the file is in use. See {@link readFileSync}. */
export const appendFileSync: typeof fs.appendFileSync = namespace.appendFileSync;

/** Suspends the context. See {@link readFileSync}. */
export const copyFileSync: typeof fs.copyFileSync = namespace.copyFileSync;

/**
 * Suspends the context, except with a `filter` or `errorOnExist`, and where source and target are not of one kind. Holds
 * the two paths, not what is below them. See {@link readFileSync}.
 */
export const cpSync: typeof fs.cpSync = namespace.cpSync;

/** Suspends the context for a directory with `recursive`. Holds its path, not what is below. See {@link readFileSync}. */
export const rmSync: typeof fs.rmSync = namespace.rmSync;

/** Suspends the context, except with `exclude`. Node 22 and later; undefined before. */
export const globSync: (pattern: string | readonly string[], options?: object) => string[] = (
  namespace as unknown as { globSync: (pattern: string | readonly string[], options?: object) => string[] }
).globSync;

/** Suspends the context with `recursive`. */
export const readdirSync: typeof fs.readdirSync = namespace.readdirSync;

/** Suspends the context. See {@link readFileSync}. */
export const truncateSync: typeof fs.truncateSync = namespace.truncateSync;

/** Suspends the context. See {@link readFileSync}. */
export const ftruncateSync: typeof fs.ftruncateSync = namespace.ftruncateSync;

/** Suspends the context. */
export const fsyncSync: typeof fs.fsyncSync = namespace.fsyncSync;

/** Suspends the context. */
export const fdatasyncSync: typeof fs.fdatasyncSync = namespace.fdatasyncSync;

const greenFs: typeof fs = namespace;
export default greenFs;
