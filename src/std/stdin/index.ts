// greenroom/std/stdin: the process's standard input in sync style. Over process.stdin, which polls terminals, pipes and
// sockets; a thread of libuv's pool that waits for one would keep the process from exiting.

import type { WaitOptions } from '../../pool/index.ts';
import type { ReadLineOptions } from '../green-stream.ts';
import { type InputOptions, input as inputFrom, lines as linesOf, reading } from '../readline/input.ts';

/** As {@link inputFrom} of greenroom/std/readline, from the standard input. **Suspends the context**. */
export function input(prompt = '', options: Omit<InputOptions, 'input'> = {}): string | null {
  return inputFrom(prompt, { ...options, input: process.stdin });
}

/** As `lines()` of greenroom/std/readline, from the standard input. Each step **suspends the context**. */
export function lines(options: ReadLineOptions & WaitOptions = {}): Generator<string, void, undefined> {
  return linesOf({ ...options, input: process.stdin });
}

/**
 * With `bytes` (0 or more): exactly so many, fewer only at the end. Without: everything, 1,048,576 bytes or `limit` at most.
 * Empty at the end. **Suspends the context** until they are there.
 *
 * @throws `GREEN_ERR_BODY_TOO_LARGE` without `bytes`, for more than `limit`; and as {@link input}.
 */
export function read(bytes?: number, { limit, ...options }: WaitOptions & { limit?: number } = {}): Buffer {
  return reading('read()', { ...options, input: process.stdin }, (reader) =>
    reader.read(bytes, limit === undefined ? {} : { limit }),
  );
}
