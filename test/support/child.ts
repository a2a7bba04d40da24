// Runs a fixture as a process of its own: whatever could crash, hang or change the process must not do so to the tests.
// The child is the same Node with the same environment, GREENROOM_SWITCH and PREBUILDS_ONLY among it, so that a matrix
// run tests what it says it tests.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const NODE_MAJOR: number = Number(process.versions.node.split('.')[0]);

// Set by scripts/stress.mjs.
const STRESS_FLAGS = process.env['GREENROOM_TEST_FLAGS']?.split(' ') ?? [];

const FIXTURES = new URL('../fixtures/', import.meta.url);
const TIME_LIMIT_MS = 25_000; // below vitest's own, so that the child's output is shown

export interface ChildOptions {
  /** Flags for Node and V8. */
  flags?: readonly string[];
  /** Arguments for the fixture. */
  args?: readonly string[];
  /** Added to the environment; `undefined` removes a variable. */
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  timeLimitMs?: number;
}

export interface ChildResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** The command and everything above, for messages. */
  readonly report: string;
}

/** Where a fixture lies: `fixturePath('native/exit.mjs')`. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(name, FIXTURES));
}

/** Runs a file below test/fixtures and resolves when it has ended, however that was. */
export function runFixture(name: string, options: ChildOptions = {}): Promise<ChildResult> {
  const argv = [...STRESS_FLAGS, ...(options.flags ?? []), fixturePath(name), ...(options.args ?? [])];
  const env = { ...process.env, ...options.env };
  const child = spawn(process.execPath, argv, { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  let timedOut = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const limitMs = options.timeLimitMs ?? TIME_LIMIT_MS;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, limitMs);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const ending = timedOut ? `killed after ${limitMs} ms` : `exit code ${code}, signal ${signal}`;
      const report = `${process.execPath} ${argv.join(' ')}\n${ending}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`;
      resolve({ code, signal, stdout, stderr, timedOut, report });
    });
  });
}

/** Runs a fixture that must end by itself with `exitCode` (0 unless told), and returns what it printed. */
export async function outputOf(name: string, options: ChildOptions & { exitCode?: number } = {}): Promise<string> {
  const child = await runFixture(name, options);
  if (child.code !== (options.exitCode ?? 0)) throw new Error(`The child did not end as it should:\n${child.report}`);
  return child.stdout;
}

/** As outputOf(), for a fixture that prints one JSON value. */
export async function jsonOf(name: string, options: ChildOptions = {}): Promise<unknown> {
  return JSON.parse(await outputOf(name, options));
}
