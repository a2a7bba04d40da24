// The parity harness: one table of cases per module, run against Node's own module and against ours, ours outside a
// context and in one, each run in a directory of its own. All three must give the same value or the same error
// (class, message, code, order of keys) and leave the same files behind. To be run on every Node.
//
//   describeParity('fs', { own: nodeFs, green: greenFs }, [
//     { name: 'reads text', call: 'readFileSync', args: (tmp) => [join(tmp, 'a'), 'utf8'], setup: (tmp) => … },
//     { name: 'refuses a number', call: 'pbkdf2Sync', args: () => [1], suspends: false },
//     { name: 'anything else', call: (crypto, tmp) => crypto.createSign('SHA256').update('x').sign(key), node: 22 },
//   ]);

import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../../src/index.ts';
import { currentContext } from '../../../src/pool/index.ts';
import { NODE_MAJOR } from '../../support/child.ts';
import { observed, observedError } from './observed.ts';

export interface ParityCase<M> {
  /** What is tested; unique in its table together with `call`. */
  readonly name: string;
  /** A function of the module, called with `args` on the module; or what to do with the module. */
  readonly call: string | ((module: M, tmp: string) => unknown);
  /** The arguments, made anew for every run. Default: none. */
  readonly args?: (tmp: string) => readonly unknown[];
  /** Prepares the run's directory. */
  readonly setup?: (tmp: string) => unknown;
  /** Gives back what `setup` took. */
  readonly teardown?: (tmp: string) => unknown;
  /** The oldest Node that has it. */
  readonly node?: number;
  /** Whether the call must suspend its context (at least once), or must not; not checked unless given. */
  readonly suspends?: boolean;
  /** What of the value is compared; everything, unless given. For keys, random bytes, streams. */
  readonly show?: (value: never, tmp: string) => unknown;
  /** Keys of values and errors that differ from run to run, such as `pid`. */
  readonly ignore?: readonly string[];
  /** What must hold of what all three gave, beyond being the same. */
  readonly expected?: unknown;
  /** The error's code that all three must give: keeps a case from failing for another reason than it is there for. */
  readonly code?: string;
  /** All three must throw, an error without a code. */
  readonly throws?: true;
}

interface Outcome {
  readonly value?: unknown;
  readonly error?: { readonly code?: unknown };
  readonly files: unknown;
}

interface Run {
  readonly outcome: Outcome;
  readonly waits: number;
  readonly stack: string | null;
}

/** Declares a test for each case. */
export function describeParity<M extends object>(
  title: string,
  { own, green }: { readonly own: M; readonly green: M },
  cases: readonly ParityCase<M>[],
): void {
  describe(`parity of ${title}`, () => {
    for (const each of cases) {
      const missing = each.node !== undefined && NODE_MAJOR < each.node;
      const call = typeof each.call === 'string' ? each.call : 'call';
      it.skipIf(missing)(`${call}: ${each.name}`, async () => {
        const reference = runOnce(own, each);
        const outside = runOnce(green, each);
        const inside = await run(() => runOnce(green, each));
        expect(outside.outcome, 'outside a context').toEqual(reference.outcome);
        expect(inside.outcome, 'in a context').toEqual(reference.outcome);
        if ('expected' in each) expect(reference.outcome).toMatchObject({ value: each.expected });
        expect(reference.outcome.error?.code).toEqual(each.code);
        expect('error' in reference.outcome, 'throws').toBe(each.code !== undefined || each.throws === true);
        if (each.suspends !== undefined) expect(inside.waits > 0, 'suspends').toBe(each.suspends);
        // Some errors of Node's own have no frames at all.
        if (reference.stack?.includes(callOnce.name) === true) expect(inside.stack).toContain(callOnce.name);
      });
    }
  });
}

function runOnce<M extends object>(module: M, each: ParityCase<M>): Run {
  const tmp = mkdtempSync(join(realpathSync(tmpdir()), 'greenroom-parity-'));
  const options = { tmp, ignore: each.ignore ?? [] };
  try {
    each.setup?.(tmp);
    const args = each.args?.(tmp) ?? [];
    const waitsBefore = currentContext()?.task?.waits ?? 0;
    let outcome: Omit<Outcome, 'files'>;
    let stack: string | null = null;
    try {
      const value = callOnce(module, each, args, tmp);
      outcome = { value: observed(each.show === undefined ? value : each.show(value as never, tmp), options) };
    } catch (error) {
      outcome = { error: observedError(error, options) as { code?: unknown } };
      stack = error instanceof Error ? String(error.stack) : null;
    }
    const waits = (currentContext()?.task?.waits ?? 0) - waitsBefore;
    return { outcome: { ...outcome, files: filesIn(tmp) }, waits, stack };
  } finally {
    each.teardown?.(tmp);
    rmSync(tmp, { recursive: true, force: true });
  }
}

// Its name must be in the stack of every error: errors show the caller's frames.
function callOnce<M extends object>(module: M, each: ParityCase<M>, args: readonly unknown[], tmp: string): unknown {
  if (typeof each.call === 'function') return each.call(module, tmp);
  return (module as Record<string, (...args: readonly unknown[]) => unknown>)[each.call]?.(...args);
}

/** Every file below `tmp`: its kind, mode, content. */
function filesIn(tmp: string, folder = ''): unknown[] {
  const files: unknown[] = [];
  for (const name of readdirSync(join(tmp, folder)).toSorted()) {
    const path = join(folder, name);
    const stats = lstatSync(join(tmp, path));
    const mode = stats.mode.toString(8);
    if (stats.isDirectory()) files.push([path, mode], ...filesIn(tmp, path));
    else if (stats.isSymbolicLink()) files.push([path, mode, observed(readlinkSync(join(tmp, path)), { tmp })]);
    else if (stats.isFile()) files.push([path, mode, observed(readFileSync(join(tmp, path)), { tmp })]);
    else files.push([path, mode]);
  }
  return files;
}
