// What the arguments of a blocking function of child_process ask for. Whatever Node would refuse, or takes for something
// that only it knows, is no call of ours: null, and the original decides.

import type { SpawnSyncOptions } from 'node:child_process';
import { resolve } from 'node:path';

import { workingDirectory } from '../working-directory.ts';

/** Own enumerable options, as Node reads them. */
export type ChildOptions = Omit<SpawnSyncOptions, 'encoding'> & { argv0?: string; encoding?: string | null };

export interface ChildCall {
  readonly file: string;
  readonly args: readonly string[];
  readonly options: ChildOptions;
}

/** `(file, args?, options?)` or `(file, options?)` of spawnSync(). */
export function spawnSyncCall([file, args, options]: readonly unknown[]): ChildCall | null {
  if (Array.isArray(args) || args === undefined || args === null) return callOf(file, args ?? [], options);
  return callOf(file, [], args);
}

/** `(file, args?, options?)` or `(file, options?)` of execFileSync(). */
export function execFileSyncCall([file, args, options]: readonly unknown[]): ChildCall | null {
  if (Array.isArray(args) || args === undefined || args === null) return callOf(file, args ?? [], options ?? undefined);
  return options === undefined || options === null ? callOf(file, [], args) : null;
}

/** `(command, options?)` of execSync(). */
export function execSyncCall([command, options]: readonly unknown[]): ChildCall | null {
  const call = callOf(command, [], options ?? undefined);
  if (call === null) return null;
  const { shell } = call.options;
  return { ...call, options: { ...call.options, shell: typeof shell === 'string' ? shell : true } };
}

/**
 * `call` as it stands now: what it takes from the process must not change while it queues. The directory cannot be taken
 * beforehand, since it may have been removed: the function returned here does it afterwards.
 */
export function pin(call: ChildCall): () => ChildCall {
  const env = call.options.env || { ...process.env };
  const input = asItIs(call.options.input);
  const directory = workingDirectory();
  return () => {
    const options: ChildOptions = { ...call.options, env, ...(input !== undefined && { input }) };
    if (directory !== null && directory !== workingDirectory() && !(options.cwd instanceof URL)) {
      options.cwd = resolve(directory, options.cwd ?? '');
    }
    return { ...call, options };
  };
}

// The child may read it long after the call, and whoever runs meanwhile may use the buffer for something else.
function asItIs(input: ChildOptions['input']): ChildOptions['input'] {
  if (!ArrayBuffer.isView(input) || input.byteLength === 0) return input;
  return Buffer.from(Buffer.from(input.buffer, input.byteOffset, input.byteLength));
}

/** What the child is fed; null for nothing. Throws Node's `ERR_UNKNOWN_ENCODING`. */
export function inputOf({ input, encoding }: ChildOptions): Buffer | null {
  if (!input) return null;
  if (typeof input === 'string') return Buffer.from(input, (encoding ?? undefined) as BufferEncoding | undefined);
  return Buffer.from(input.buffer, input.byteOffset, input.byteLength);
}

function callOf(file: unknown, args: unknown[], given: unknown): ChildCall | null {
  if (typeof file !== 'string' || file === '') return null;
  if (given !== undefined && (typeof given !== 'object' || given === null || Array.isArray(given))) return null;
  const options: ChildOptions = { ...given };
  if (!isTakenBySpawnSync(options)) return null;
  return { file, args: [...args] as string[], options };
}

/** Only what spawn() does not check itself, or otherwise. */
function isTakenBySpawnSync({ timeout, maxBuffer, input, stdio }: ChildOptions): boolean {
  if (timeout !== undefined && timeout !== null && !(Number.isInteger(timeout) && timeout >= 0)) return false;
  if (maxBuffer !== undefined && maxBuffer !== null && !(typeof maxBuffer === 'number' && maxBuffer >= 0)) return false;
  if (input && typeof input !== 'string' && !ArrayBuffer.isView(input)) return false;
  if (!stdio) return true;
  return Array.isArray(stdio) ? stdio.every(isPlainStdio) : isPlainStdio(stdio);
}

/** No channel, which spawnSync() refuses, nor 'overlapped' or a stream without a descriptor, which abort the process. */
function isPlainStdio(entry: unknown): boolean {
  if (entry === undefined || entry === null || typeof entry === 'number') return true;
  if (typeof entry === 'string') return ['pipe', 'ignore', 'inherit'].includes(entry);
  return typeof (entry as { fd?: unknown }).fd === 'number';
}
