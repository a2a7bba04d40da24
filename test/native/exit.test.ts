import { describe, expect, it } from 'vitest';
import { runFixture } from '../support/child.ts';

const ready = 'contexts suspended and idle\n';
// `exitEvent` is the code that 'exit' listeners get; null where Node calls none.
const endings: [way: string, code: number | null, exitEvent: number | null, signal: string | null, stderr: RegExp][] = [
  ['runs to its natural end', 0, 0, null, /^$/],
  ['calls process.exit() on the main stack', 3, 3, null, /^$/],
  ['calls process.exit() in a context', 3, 3, null, /^$/],
  ['calls process.exit() in a context that has not waited', 3, 3, null, /^$/],
  ['calls process.exit() in a context started by a context', 3, 3, null, /^$/],
  ['calls process.exit() in an exit handler', 3, 0, null, /^$/],
  ['throws on the main stack', 1, 1, null, /Error: thrown on purpose/],
  ['leaves a failed spawn() unhandled', 1, 1, null, /Error: thrown on purpose/],
  ['leaves a failed submit() unhandled', 1, 1, null, /Error: thrown on purpose/],
  ['throws in a microtask queued by a context', 1, 1, null, /Error: thrown on purpose/],
  ['throws in an uncaughtException handler', 7, null, null, /Error: thrown on purpose/],
  ['is terminated by a signal', null, null, 'SIGTERM', /^$/],
  ['aborts', null, null, 'SIGABRT', /(?:)/],
];

describe.concurrent('a process with contexts suspended and idle', () => {
  it.each(endings)('%s', async (way, code, exitEvent, signal, stderr) => {
    const child = await runFixture('native/exit.mjs', { args: [way] });
    const stdout = ready + (exitEvent === null ? '' : `exit event with ${exitEvent}\n`);
    expect(child, child.report).toMatchObject({ code, signal, stdout });
    expect(child.stderr).toMatch(stderr);
  });
});
