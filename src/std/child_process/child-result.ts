// What the blocking functions give and throw, made from how a child ended: Node's own objects, their keys in Node's order.

import type { SpawnSyncReturns } from 'node:child_process';
import { getSystemErrorName } from 'node:util';

import type { ChildOutcome } from './child-run.ts';

export type ChildResult = SpawnSyncReturns<string | Buffer>;

// What spawnSync() has for `stdout` and `stderr` of a child that did not start.
const NO_OUTPUT = Number(process.versions.node.split('.')[0]) < 22 ? null : undefined;

/**
 * What spawnSync() returns. Errors show the frames below `entry`.
 *
 * @throws Node's `ERR_UNKNOWN_ENCODING`.
 */
export function resultOf(
  outcome: ChildOutcome,
  encoding: string | null | undefined,
  entry: () => unknown,
): ChildResult {
  const { status, signal, pid } = outcome;
  const output = outcome.output === null ? null : decoded(outcome.output, encoding);
  const error = outcome.errno === 0 ? {} : { error: errorOf(outcome, entry) };
  const shown = output ?? [NO_OUTPUT, NO_OUTPUT, NO_OUTPUT];
  return { ...error, status, signal, output, pid, stdout: shown[1], stderr: shown[2] } as ChildResult;
}

/** What execSync() and execFileSync() throw for `result`; null if it is a success. */
export function failureOf(result: ChildResult, command: string, entry: () => unknown): Error | null {
  if (result.error !== undefined) return Object.assign(result.error, result);
  if (result.status === 0) return null;
  const told = result.stderr !== null && result.stderr.length > 0 ? `\n${result.stderr.toString()}` : '';
  return withFrames(Object.assign(new Error(`Command failed: ${command}${told}`), result), entry);
}

function decoded(output: (Buffer | null)[], encoding: string | null | undefined): (string | Buffer | null)[] {
  if (!encoding || encoding === 'buffer') return output;
  return output.map((bytes) => bytes?.toString(encoding as BufferEncoding) ?? null);
}

function errorOf({ errno, spawnfile, spawnargs }: ChildOutcome, entry: () => unknown): Error {
  const code = getSystemErrorName(errno);
  const syscall = `spawnSync ${spawnfile}`;
  const error = new Error(`${syscall} ${code}`);
  return withFrames(Object.assign(error, { errno, code, syscall, path: spawnfile, spawnargs }), entry);
}

function withFrames<E extends Error>(error: E, entry: () => unknown): E {
  Error.captureStackTrace(error, entry);
  return error;
}
