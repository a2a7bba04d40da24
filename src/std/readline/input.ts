// input(): a question and its answer. Over the stream itself and not an Interface of node:readline, which loses what it has
// read ahead when it is closed after the first line.

import type { Readable, Writable } from 'node:stream';

import { assertLimits, assertObject, type WaitOptions } from '../../pool/index.ts';
import { Lock } from '../../sync/index.ts';
import { CallLimits } from '../call-limits.ts';
import { type GreenStream, greenStream, type ReadLineOptions } from '../green-stream.ts';
import { writeWithin } from '../write-chunk.ts';

export interface InputOptions extends ReadLineOptions, WaitOptions {
  /** Where the answer comes from. Default: `process.stdin`. */
  input?: Readable;
  /** Where the prompt goes. Default: `process.stdout`. */
  output?: Writable;
}

const INPUT_OPTIONS: readonly string[] = ['input', 'output', 'limit'];
const locks = new WeakMap<Readable, Lock>();

/**
 * Writes `prompt` and returns the next line, without its ending; null at the end of the input. **Suspends the context**
 * until the line is there. Contexts that ask at once get their answers one after the other, in the order they asked. What
 * was read beyond the line is for whoever reads next, and the process is not kept alive by an input that nobody waits for.
 *
 * @param options - `limit`: the most bytes of the line, 1 or more, default 65,536; `timeout` and `signal` limit each
 *   single waiting (for its turn, for more), as in `wait()`: no input is lost then.
 * @throws `GREEN_ERR_BODY_TOO_LARGE` for a longer line; `GREEN_ERR_STREAM_BUSY` when the input has another reader; the
 *   streams' own errors.
 * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`,
 *   `GREEN_ERR_OPT_INVALID` as `wait()`.
 * @example
 * ```ts
 * import { run } from 'greenroom';
 * import { input } from 'greenroom/std/readline';
 *
 * await run(() => console.log(`Hello ${input('Name? ')}`));
 * ```
 */
export function input(prompt = '', options: InputOptions = {}): string | null {
  assertObject(options);
  const { output = process.stdout, limit } = options;
  return reading('input()', options, (reader, limits) => {
    if (prompt !== '') writeWithin(limits, output, prompt);
    return reader.readLine(limit === undefined ? {} : { limit });
  });
}

/**
 * The rest of an input, line by line. Each step **suspends the context** until the next line is there. Ending the loop early
 * leaves what follows to other readers. Between steps others may read: each gets whole lines.
 *
 * @param options - as for {@link input}.
 * @throws (from a step) as {@link input}.
 */
export function* lines(options: Omit<InputOptions, 'output'> = {}): Generator<string, void, undefined> {
  const { limit } = options;
  const next = (): string | null =>
    reading('lines()', options, (reader) => reader.readLine(limit === undefined ? {} : { limit }));
  for (let line = next(); line !== null; line = next()) yield line;
}

/** Calls `read` with a reader of the input, after everybody who asked before. */
export function reading<R>(
  call: string,
  options: InputOptions,
  read: (reader: GreenStream, limits: CallLimits) => R,
): R {
  assertLimits(options, INPUT_OPTIONS);
  const { input: source = process.stdin, timeout, signal } = options;
  const limits = new CallLimits(call, { timeout, signal });
  limits.contextToSuspend(); // only a context may go on
  const reader = greenStream(source, { timeout, signal });
  const turn = lockOf(source).acquire({ timeout, signal });
  try {
    return read(reader, limits);
  } finally {
    reader.close();
    if (source === process.stdin) process.nextTick(restInput);
    turn.release();
  }
}

// A terminal or pipe that is being read keeps the process alive; one that is paused does not.
function restInput(): void {
  const { stdin } = process;
  if (stdin.listenerCount('readable') === 0 && stdin.listenerCount('data') === 0) stdin.pause();
}

function lockOf(source: Readable): Lock {
  let lock = locks.get(source);
  if (lock === undefined) {
    lock = new Lock({ name: source === process.stdin ? 'stdin' : 'input' });
    locks.set(source, lock);
  }
  return lock;
}
