// node:child_process whose three blocking functions suspend the context they are called in, while the child runs.

import childProcess from 'node:child_process';

import { assertInteger, assertKnownKeys, MAX_TIMEOUT_MS, withDefaults } from '../../pool/index.ts';
import { namespaceWith, type Replaced } from '../namespace-of.ts';
import { ORIGINAL, type Settle, twinOf, waitFor } from '../twin.ts';
import { type ChildCall, execFileSyncCall, execSyncCall, pin, spawnSyncCall } from './child-call.ts';
import { type ChildResult, failureOf, resultOf } from './child-result.ts';
import { type ChildOutcome, ChildRun } from './child-run.ts';
import { spawnQueue } from './spawn-queue.ts';

export interface GreenChildProcessOptions {
  /**
   * How many milliseconds a child that was told to end, because its call was cancelled, has for it before it is killed
   * with SIGKILL: 0 to 2,147,483,647.
   */
  killGrace?: number;
}

export interface GreenChildProcess {
  /** The whole module. */
  readonly namespace: typeof childProcess;
  /** What differs in it, by name. */
  readonly replaced: ReadonlyMap<string, Replaced>;
}

export const GREEN_CHILD_PROCESS_DEFAULTS: Readonly<Required<GreenChildProcessOptions>> = Object.freeze({
  killGrace: 5000,
});

/** What is replaced. */
export const replacedNames: readonly string[] = Object.freeze(['spawnSync', 'execSync', 'execFileSync']);

type Twin = (...args: unknown[]) => unknown;
type Finish = (result: ChildResult, call: ChildCall, entry: Twin) => unknown;

/**
 * Makes a node:child_process whose `spawnSync`, `execSync` and `execFileSync` suspend the context they are called in.
 * Never suspends.
 *
 * @param options - see {@link GreenChildProcessOptions}; defaults in {@link GREEN_CHILD_PROCESS_DEFAULTS}.
 * @throws `GREEN_ERR_OPT_INVALID` for bad options.
 */
export function createGreenChildProcess(options: GreenChildProcessOptions = {}): GreenChildProcess {
  assertKnownKeys(options, GREEN_CHILD_PROCESS_DEFAULTS, 'createGreenChildProcess() options');
  const { killGrace } = withDefaults(options, GREEN_CHILD_PROCESS_DEFAULTS);
  assertInteger('killGrace', killGrace, 0, MAX_TIMEOUT_MS);
  const replaced = new Map<string, Replaced>([
    ['spawnSync', greenOf('spawnSync', spawnSyncCall, (result) => result, killGrace)],
    ['execSync', greenOf('execSync', execSyncCall, stdoutOfCommand, killGrace)],
    ['execFileSync', greenOf('execFileSync', execFileSyncCall, stdoutOfFile, killGrace)],
  ]);
  return { namespace: namespaceWith(childProcess, replaced), replaced };
}

const stdoutOfCommand: Finish = (result, { file, options }, entry) => {
  return stdoutOf(result, file, !options.stdio, entry);
};

const stdoutOfFile: Finish = (result, { file, args, options }, entry) => {
  return stdoutOf(result, [options.argv0 || file, ...args].join(' '), !options.stdio, entry);
};

function stdoutOf(result: ChildResult, command: string, echoes: boolean, entry: Twin): unknown {
  if (echoes && result.stderr) process.stderr.write(result.stderr);
  const failure = failureOf(result, command, entry);
  if (failure !== null) throw failure;
  return result.stdout;
}

function greenOf(
  name: 'spawnSync' | 'execSync' | 'execFileSync',
  callOf: (args: readonly unknown[]) => ChildCall | null,
  finish: Finish,
  killGraceMs: number,
): Replaced {
  const found = childProcess[name] as Twin & { [ORIGINAL]?: Twin };
  const original = found[ORIGINAL] ?? found;
  const green: Twin = twinOf(original, {
    pays: (args) => callOf(args) !== null,
    start: (args, _self, settle) => {
      const call = callOf(args) as ChildCall;
      const outcome = outcomeOf(name, call, killGraceMs, green);
      if (outcome === null) settle(null, ORIGINAL);
      else settle(null, finish(resultOf(outcome, call.options.encoding, green), call, green));
      return undefined;
    },
  });
  return { original, green };
}

/** Null if spawn() refuses: what spawnSync() makes of that it knows best, and at once. */
function outcomeOf(name: string, call: ChildCall, killGraceMs: number, entry: Twin): ChildOutcome | null {
  const pinned = pin(call);
  spawnQueue.awaitTurn(name);
  // The waiter comes first: where there is no room for it on the stack, no child must have been started.
  const start = (settle: Settle): (() => void) | undefined => {
    let run: ChildRun;
    try {
      run = new ChildRun(pinned());
    } catch {
      settle(null, null);
      return undefined;
    }
    return run.start(settle, killGraceMs);
  };
  return waitFor(name, start, entry) as ChildOutcome | null;
}
