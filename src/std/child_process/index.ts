// greenroom/std/child_process: the whole of node:child_process, its blocking functions replaced.
//
// A green function suspends the context it is called in while the child runs, and gives or throws what Node's own does.
// Outside a context, and where suspending is forbidden, it is Node's own. What is particular to it:
//
// - Forks take turns, one per turn of the event loop, first come, first served: a call may queue before its child starts.
//   `timeout` counts from the start. The environment and the working directory are those of the call.
// - A call whose context is cancelled throws `GREEN_ERR_CANCELLED` at once. If it queued, no child has started. If not, the
//   child is sent `killSignal`, and its pipes are closed; should it still run `killGrace` later (5 s, or when this process
//   exits), it gets SIGKILL, and a warning `GREEN_WARN_CHILD_KILLED` says so. As with `timeout`, only the child itself is
//   killed, not its own children.
// - A result is what libuv's own runner would have collected, within what timing decides: how much more than `maxBuffer` is
//   captured at ENOBUFS, and whether a child that ends just then is still killed. One gap: of a child killed by a real-time
//   signal Node's asynchronous functions tell status 0, and so does this.

import type childProcess from 'node:child_process';

import { createGreenChildProcess } from './green-child-process.ts';

export * from 'node:child_process';
export {
  createGreenChildProcess,
  GREEN_CHILD_PROCESS_DEFAULTS,
  type GreenChildProcess,
  type GreenChildProcessOptions,
  replacedNames,
} from './green-child-process.ts';

const namespace: typeof childProcess = createGreenChildProcess().namespace;

/**
 * As Node's `spawnSync(file, args?, options?)`. Suspends the current green context until the child has ended, outside
 * one it blocks.
 *
 * @param file - the program; `args` its arguments; `options` as in Node: `timeout` in milliseconds (an integer from 0, which
 *   is none), `maxBuffer` in bytes for all output together (1,048,576).
 * @returns Node's `{ error?, status, signal, output, pid, stdout, stderr }`. What goes wrong with the child is its `error`:
 *   `ENOENT`, `ETIMEDOUT`, `ENOBUFS`, `EPIPE` …
 * @throws Node's own errors for bad arguments; `GREEN_ERR_CANCELLED` when the context is cancelled: the child is then killed.
 */
export const spawnSync: typeof childProcess.spawnSync = namespace.spawnSync;

/**
 * As Node's `execSync(command, options?)`: runs a line of shell. Suspends the current green context until the child has
 * ended, outside one it blocks.
 *
 * @param command - for the shell; `options` as those of {@link spawnSync}.
 * @returns what the child wrote to stdout. What it wrote to stderr is echoed, unless `stdio` is given.
 * @throws Node's `Command failed: …` for every status but 0, with the result's fields; the result's `error`, if there is one;
 *   Node's own errors for bad arguments; `GREEN_ERR_CANCELLED` when the context is cancelled: the child is then killed.
 */
export const execSync: typeof childProcess.execSync = namespace.execSync;

/**
 * As Node's `execFileSync(file, args?, options?)`. Suspends the current green context until the child has ended, outside
 * one it blocks. Arguments as {@link spawnSync}, value and errors as {@link execSync}.
 */
export const execFileSync: typeof childProcess.execFileSync = namespace.execFileSync;

export default namespace;
