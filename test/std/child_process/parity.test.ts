// Node's blocking functions and ours, case by case. What only timing decides is left out where it shows: how many bytes an
// overflow leaves, and what a child that was ending anyway was ended by.
//
// Known gap: a child killed by a real-time signal. Its `signal` is '' and its `status` null; ours has status 0, as Node's
// asynchronous functions have, which is all that they tell.

import nodeChildProcess, { type SpawnSyncReturns } from 'node:child_process';
import { chmodSync, closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import greenChildProcess from '../../../src/std/child_process/index.ts';
import { describeParity, type ParityCase } from '../parity/parity.ts';

type ChildProcessModule = typeof nodeChildProcess;
type Case = ParityCase<ChildProcessModule>;

const ignore = ['pid'];
const FOREVER = 'exec sleep 600';

/** A case that suspends, since it is a child that runs. */
const runs = (name: string, call: string, ...args: readonly unknown[]): Case => {
  return { name, call, args: () => args, ignore, suspends: true };
};
const ends = (name: string, call: string, code: string, ...args: readonly unknown[]): Case => {
  return { ...runs(name, call, ...args), code };
};
const fails = (name: string, call: string, ...args: readonly unknown[]): Case => {
  return { ...runs(name, call, ...args), throws: true };
};
/** What is wrong with the arguments; nothing is started. */
const refuses = (name: string, call: string, code: string, ...args: readonly unknown[]): Case => {
  return { name, call, args: () => args, code, suspends: false };
};
/** The same of what spawn() finds, when it is its turn: there may or may not be others before it. */
const refusesInTurn = (name: string, call: string, code: string, ...args: readonly unknown[]): Case => {
  return { name, call, args: () => args, code };
};
/** As runs(), for what only Node's own function, in its turn, can tell the outcome of. */
const tries = (name: string, call: string, ...args: readonly unknown[]): Case => {
  return { name, call, args: () => args, ignore };
};

/** Calls, and gives what came out of this process's stderr meanwhile as well. */
const withEcho = (call: (module: ChildProcessModule) => unknown): Case['call'] => {
  return (module) => {
    const { write } = process.stderr;
    const echoed: string[] = [];
    process.stderr.write = ((chunk: unknown) => echoed.push(String(chunk)) > 0) as typeof write;
    try {
      return { value: call(module), echoed };
    } catch (error) {
      return { thrown: (error as Error).message, keys: Object.keys(error as Error), echoed };
    } finally {
      process.stderr.write = write;
    }
  };
};

const spawnCases: Case[] = [
  runs('gives bytes', 'spawnSync', 'printf', ['a\\nb']),
  runs('needs no arguments', 'spawnSync', 'true'),
  runs('takes null for arguments', 'spawnSync', 'true', null, { encoding: 'utf8' }),
  runs('takes options for arguments', 'spawnSync', 'printf x', { shell: true, encoding: 'latin1' }),
  runs('makes strings of arguments', 'spawnSync', 'echo', [1, null, true]),
  ...['utf8', 'hex', 'base64', 'latin1', 'buffer', null, ''].map((encoding) =>
    runs(`decodes as ${encoding}`, 'spawnSync', 'printf', ['\\303\\251\\377'], { encoding }),
  ),
  ends('finds an encoding unknown too late', 'spawnSync', 'ERR_UNKNOWN_ENCODING', 'echo', { encoding: 'nope' }),
  runs('gives status and both outputs', 'spawnSync', 'echo out; echo err >&2; exit 7', { shell: true }),
  runs('gives the signal that ended a child', 'spawnSync', 'kill -KILL $$', { shell: true, encoding: 'utf8' }),
  runs('runs a shell of choice', 'spawnSync', 'echo $0', { shell: '/bin/bash', encoding: 'utf8' }),
  runs('sets argv0', 'spawnSync', 'sh', ['-c', 'echo $0'], { argv0: 'other', encoding: 'utf8' }),
  runs('closes the input', 'spawnSync', 'cat'),
  runs('feeds text', 'spawnSync', 'cat', { input: 'é', encoding: 'utf8' }),
  runs('feeds text of an encoding', 'spawnSync', 'cat', { input: 'c3a9', encoding: 'hex' }),
  refuses('feeds no text as buffer', 'spawnSync', 'ERR_UNKNOWN_ENCODING', 'cat', { input: 'x', encoding: 'buffer' }),
  runs('feeds bytes', 'spawnSync', 'cat', { input: Buffer.from([0, 255]) }),
  runs('feeds any view', 'spawnSync', 'cat', { input: new Uint16Array([1, 2, 3]).subarray(1) }),
  runs('feeds a DataView', 'spawnSync', 'cat', { input: new DataView(new ArrayBuffer(3)) }),
  runs('feeds nothing', 'spawnSync', 'cat', { input: '' }),
  runs('feeds an empty view', 'spawnSync', 'cat', { input: new Uint8Array(0) }),
  runs('feeds much, and takes it back', 'spawnSync', 'cat', { input: Buffer.alloc(900_000, 'abc') }),
  runs('tells of input that was not read', 'spawnSync', 'exec <&-; sleep 0.1', {
    shell: true,
    input: Buffer.alloc(2_000_000),
  }),
  runs('tells of input that a child left', 'spawnSync', 'true', { input: Buffer.alloc(2_000_000) }),
  runs('goes on feeding the child of a child that has ended', 'spawnSync', '{ sleep 0.1; wc -c; } <&3 & exit 0', {
    shell: '/bin/bash',
    stdio: ['pipe', 'pipe', 'pipe', 'ignore'],
    input: Buffer.alloc(500_000),
  }),
  runs('waits for who holds the output', 'spawnSync', '{ sleep 0.2; echo late; } & echo early', {
    shell: true,
    encoding: 'utf8',
  }),
  runs('takes a list of environment', 'spawnSync', 'echo $A-$B', { shell: true, env: { A: 'a', B: undefined } }),
  { ...runs('runs in a directory', 'spawnSync'), args: (tmp) => ['pwd', { cwd: tmp, encoding: 'utf8' }] },
  { ...runs('runs in a URL', 'spawnSync'), args: (tmp) => ['pwd', { cwd: pathToFileURL(tmp), encoding: 'utf8' }] },
  runs('ignores signal and serialization', 'spawnSync', 'echo', { signal: AbortSignal.abort(), serialization: 'nope' }),
  runs('starts a session', 'spawnSync', 'echo', { detached: true }),
];

const stdioCases: Case[] = [
  runs('ignores', 'spawnSync', 'echo', { stdio: 'ignore' }),
  runs('inherits', 'spawnSync', 'true', { stdio: 'inherit' }),
  runs('pipes', 'spawnSync', 'echo', { stdio: 'pipe' }),
  runs('mixes', 'spawnSync', 'echo a; echo b >&2', { shell: true, stdio: ['ignore', 'pipe', 'ignore'] }),
  runs('fills up', 'spawnSync', 'echo', { stdio: [] }),
  runs('collects further pipes', 'spawnSync', 'echo 3 >&3; echo 5 >&5', {
    shell: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', undefined, 'pipe'],
  }),
  runs('takes a negative number for a pipe', 'spawnSync', 'echo', { stdio: [-1, -1, -1] }),
  runs('takes streams with a descriptor', 'spawnSync', 'true', { stdio: ['pipe', process.stdout, process.stderr] }),
  runs('has no input to feed', 'spawnSync', 'cat', { stdio: ['ignore', 'pipe', 'pipe'], input: 'x' }),
  {
    name: 'writes to a file',
    call: (module, tmp) => {
      const fd = openSync(join(tmp, 'log'), 'w');
      try {
        return module.spawnSync('echo out; echo err >&2', { shell: true, stdio: ['ignore', fd, fd] });
      } finally {
        closeSync(fd);
      }
    },
    ignore,
    suspends: true,
  },
  refuses('refuses a channel', 'spawnSync', 'ERR_IPC_SYNC_FORK', 'true', { stdio: ['pipe', 'pipe', 'pipe', 'ipc'] }),
  refuses('refuses a word', 'spawnSync', 'ERR_INVALID_ARG_VALUE', 'true', { stdio: 'bad' }),
  refuses('refuses an object', 'spawnSync', 'ERR_INVALID_ARG_VALUE', 'true', { stdio: ['pipe', {}] }),
];

const limitCases: Case[] = [
  runs('ends a child in time', 'spawnSync', 'echo', { timeout: 60_000, encoding: 'utf8' }),
  runs('has no limit of 0', 'spawnSync', 'echo', { timeout: 0, maxBuffer: 0 }),
  runs('kills a child that takes too long', 'spawnSync', FOREVER, { shell: true, timeout: 100 }),
  runs('kills by a signal', 'spawnSync', 'sleep', ['600'], { timeout: 100, killSignal: 'SIGKILL' }),
  runs('kills by a number', 'spawnSync', 'sleep', ['600'], { timeout: 100, killSignal: 2 }),
  runs('lets go of grandchildren', 'spawnSync', 'sleep 4 & wait', { shell: true, timeout: 100 }),
  runs('lets go of who holds the output of a child that has ended', 'spawnSync', 'sleep 9 & exit 3', {
    shell: true,
    timeout: 1500,
  }),
  runs(
    'waits for a child that does not heed the signal',
    'spawnSync',
    '/bin/sh',
    ['-c', 'trap "exit 3" TERM; while :; do sleep 0.05; done'],
    { timeout: 1500 },
  ),
  {
    ...runs('stops a child that tells too much', 'spawnSync', 'yes', { maxBuffer: 5 }),
    show: (result: SpawnSyncReturns<Buffer>) => [result.error?.message, result.signal, Object.keys(result)],
    expected: ['spawnSync yes ENOBUFS', 'SIGTERM', ['error', 'status', 'signal', 'output', 'pid', 'stdout', 'stderr']],
  } as Case,
  {
    ...runs('counts all output together', 'spawnSync', 'echo 123; echo 456 >&2; sleep 9', {
      shell: true,
      maxBuffer: 7,
    }),
    show: ({ error, ...result }: SpawnSyncReturns<Buffer>) => ({ ...result, error: error?.message }),
    ignore: ['pid', 'output', 'stdout', 'stderr'],
  } as Case,
  runs('takes as much as fits', 'spawnSync', 'printf 12345; printf 67 >&2', { shell: true, maxBuffer: 7 }),
  {
    ...runs('has a limit of 1 MiB', 'spawnSync', 'yes'),
    show: ({ error, stdout }: SpawnSyncReturns<Buffer>) => [error?.message, stdout.length > 1_048_576],
    expected: ['spawnSync yes ENOBUFS', true],
  } as Case,
  ...[undefined, null, Number.POSITIVE_INFINITY].map((maxBuffer) =>
    runs(`has no limit for ${maxBuffer}`, 'spawnSync', 'head -c 1500000 /dev/zero', { shell: true, maxBuffer }),
  ),
  ends('throws ETIMEDOUT', 'execSync', 'ETIMEDOUT', FOREVER, { timeout: 100 }),
  {
    ...ends('throws ENOBUFS', 'execFileSync', 'ENOBUFS', 'yes', { maxBuffer: 5, stdio: ['pipe', 'pipe', 'ignore'] }),
    ignore: ['pid', 'output', 'stdout'],
  },
];

const failureCases: Case[] = [
  runs('there is no such file', 'spawnSync', '/nope', ['a', 'b']),
  runs('there is no such command', 'spawnSync', 'no-such-command', { encoding: 'utf8' }),
  runs('the shell finds no such command', 'spawnSync', 'no-such-command', {
    shell: true,
    encoding: 'utf8',
    env: { PATH: '/nope', LANG: 'C' },
  }),
  runs('there is no such shell', 'spawnSync', 'true', { shell: '/nope' }),
  runs('there is no such directory', 'spawnSync', 'true', { cwd: '/nope' }),
  {
    ...runs('it cannot be run', 'spawnSync'),
    setup: (tmp) => writeFileSync(join(tmp, 'plain'), 'x'),
    args: (tmp) => [join(tmp, 'plain')],
  },
  {
    ...runs('it has no format', 'spawnSync'),
    setup: (tmp) => {
      writeFileSync(join(tmp, 'odd'), 'exit 5');
      chmodSync(join(tmp, 'odd'), 0o755);
    },
    args: (tmp) => [join(tmp, 'odd')],
  },
  { ...tries('it is too long', 'spawnSync', 'true', ['x'.repeat(3_000_000)]), ignore: ['pid', 'spawnargs'] },
  tries('the directory is a file', 'spawnSync', 'true', { cwd: '/etc/passwd' }),
  tries('the descriptor is bad', 'spawnSync', 'true', { stdio: [0, 999] }),
  ends('execFileSync throws it', 'execFileSync', 'ENOENT', '/nope', ['a']),
  ends('execSync throws it', 'execSync', 'ENOENT', 'true', { shell: '/nope', encoding: 'utf8' }),
];

const execCases: Case[] = [
  runs('gives stdout', 'execSync', 'echo a; printf b'),
  runs('gives text', 'execSync', 'printf é', { encoding: 'utf8' }),
  runs('takes null for options', 'execSync', 'printf x', null),
  runs('has nothing to give', 'execSync', 'true', { stdio: 'ignore' }),
  runs('feeds', 'execSync', 'cat', { input: 'x' }),
  runs('takes a shell', 'execSync', 'echo $0', { shell: '/bin/bash', encoding: 'utf8' }),
  runs('is a shell though told not to be', 'execSync', 'printf x | cat', { shell: false, encoding: 'utf8' }),
  fails('throws a status', 'execSync', 'exit 3'),
  fails('throws what was told', 'execSync', 'echo out; echo err >&2; exit 3', { stdio: 'pipe', encoding: 'utf8' }),
  fails('throws a signal', 'execSync', 'kill -9 $$', { encoding: 'utf8' }),
  runs('runs a file', 'execFileSync', 'printf', ['%s-%s', 'a', 'b c']),
  runs('runs a file without arguments', 'execFileSync', 'pwd', { cwd: '/', encoding: 'utf8' }),
  runs('runs a file with null for both', 'execFileSync', 'true', null, null),
  runs('runs a file in a shell', 'execFileSync', 'printf x | cat', { shell: true }),
  fails('throws a file and its arguments', 'execFileSync', 'sh', ['-c', 'exit 9', 'x'], { stdio: 'ignore' }),
  fails('throws argv0', 'execFileSync', 'false', ['x'], { argv0: 'other' }),
  { name: 'echoes', call: withEcho((m) => m.execSync('echo a; echo b >&2')), suspends: true },
  { name: 'echoes a failure', call: withEcho((m) => m.execSync('echo b >&2; exit 1')), ignore, suspends: true },
  {
    name: 'echoes of a file',
    call: withEcho((m) => m.execFileSync('sh', ['-c', 'echo b >&2'], { encoding: 'utf8' })),
    suspends: true,
  },
  {
    name: 'echoes no piped stderr',
    call: withEcho((m) => m.execSync('echo b >&2', { stdio: 'pipe' })),
    suspends: true,
  },
];

const TYPE = 'ERR_INVALID_ARG_TYPE';
const VALUE = 'ERR_INVALID_ARG_VALUE';
const RANGE = 'ERR_OUT_OF_RANGE';

const refusals: Case[] = [
  refuses('no command', 'execSync', TYPE),
  refuses('a number', 'execSync', TYPE, 7),
  refuses('a NUL in it', 'execSync', VALUE, 'a\0b'),
  refuses('no file', 'spawnSync', TYPE),
  refuses('a number', 'spawnSync', TYPE, 7),
  refuses('an empty file', 'spawnSync', VALUE, ''),
  refuses('an empty command', 'execSync', VALUE, ''),
  refuses('an empty file', 'execFileSync', VALUE, ''),
  refusesInTurn('a NUL in an argument', 'spawnSync', VALUE, 'true', ['a\0b']),
  refuses('a word for arguments', 'spawnSync', TYPE, 'true', 'x'),
  refuses('null for options', 'spawnSync', TYPE, 'true', [], null),
  refuses('a number for options', 'execFileSync', TYPE, 'true', [], 7),
  refusesInTurn('a number for a directory', 'spawnSync', TYPE, 'true', { cwd: 7 }),
  refusesInTurn('a word for detached', 'spawnSync', TYPE, 'true', { detached: 'yes' }),
  refusesInTurn('a number for the shell', 'spawnSync', TYPE, 'true', { shell: 7 }),
  refusesInTurn('a number for argv0', 'execFileSync', TYPE, 'true', { argv0: 7 }),
  refusesInTurn('a word for uid', 'spawnSync', TYPE, 'true', { uid: 'root' }),
  refusesInTurn('a NUL in the environment', 'spawnSync', VALUE, 'true', { env: { A: 'a\0b' } }),
  refuses('a number for the input', 'spawnSync', TYPE, 'true', { input: 7 }),
  refusesInTurn('a signal of no system', 'spawnSync', 'ERR_UNKNOWN_SIGNAL', 'true', { killSignal: 'SIGNOPE' }),
  refusesInTurn('a signal of no type', 'execSync', TYPE, 'true', { killSignal: {} }),
  refuses('half a millisecond', 'spawnSync', RANGE, 'true', { timeout: 0.5 }),
  refuses('time before now', 'execSync', RANGE, 'true', { timeout: -1 }),
  refuses('less than nothing', 'spawnSync', RANGE, 'true', { maxBuffer: -1 }),
];

const modules = { own: nodeChildProcess, green: greenChildProcess };
describeParity('child_process: spawnSync()', modules, spawnCases);
describeParity('child_process: stdio', modules, stdioCases);
describeParity('child_process: limits', modules, limitCases);
describeParity('child_process: what cannot be started', modules, failureCases);
describeParity('child_process: execSync() and execFileSync()', modules, execCases);
describeParity('child_process: what is refused', modules, refusals);
