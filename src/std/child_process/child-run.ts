// One child process, run as libuv's synchronous runner (node's spawn_sync.cc) runs it, only on the event loop: it has ended
// when it has exited, nobody holds its output pipes open any more, and its input is written.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { getSystemErrorMap } from 'node:util';

import { MAX_TIMEOUT_MS } from '../../pool/index.ts';
import type { Settle } from '../twin.ts';
import { type ChildCall, type ChildOptions, inputOf } from './child-call.ts';
import { killLater } from './lingering.ts';

const DEFAULT_MAX_BUFFER_BYTES = 1_048_576;

/** How a child has ended, or that it has never started: then `output` is null. */
export interface ChildOutcome {
  readonly pid: number;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: (Buffer | null)[] | null;
  /** libuv's number of the first thing that went wrong; 0 for none. */
  readonly errno: number;
  readonly spawnfile: string;
  readonly spawnargs: string[];
}

export class ChildRun {
  readonly #child: ChildProcess;
  readonly #input: NodeJS.ArrayBufferView | null;
  readonly #maxBufferBytes: number;
  readonly #options: ChildOptions;
  #chunks: (Buffer[] | null)[] = [];
  #bytes = 0;
  #errno = 0;
  #pipeErrno = 0;
  #stopped = false;
  #exited = false;
  #parts = 1;
  #timer: NodeJS.Timeout | undefined;
  #settle: Settle | null = null;

  /** Forks. Throws what spawn() does, a child that cannot be started for a rarer reason included. */
  constructor({ file, args, options }: ChildCall) {
    const {
      input: _input,
      timeout: _timeout,
      maxBuffer = 'maxBuffer' in options ? 0 : DEFAULT_MAX_BUFFER_BYTES,
      ...rest
    } = options;
    this.#options = options;
    this.#input = inputOf(options);
    this.#maxBufferBytes = maxBuffer ?? 0;
    const { signal: _signal, serialization: _serialization, ...known } = rest as Record<string, unknown>;
    this.#child = spawn(file, args, known);
  }

  /** Settles with a ChildOutcome. Returns what stops the child: for a caller that is cancelled. */
  start(settle: Settle, killGraceMs: number): () => void {
    const child = this.#child;
    this.#settle = settle;
    child.on('error', this.#onError);
    for (const stream of child.stdio ?? []) stream?.on('error', this.#onPipeError);
    if (child.pid !== undefined) this.#begin(this.#options.timeout ?? 0);
    return () => {
      if (this.#settle === null || child.pid === undefined) return;
      this.#settle = null;
      this.#stop();
      killLater(child, killGraceMs);
    };
  }

  #begin(timeoutMs: number): void {
    const child = this.#child;
    const [stdin, ...outputs] = child.stdio as [Writable | null, ...(Readable | null)[]];
    this.#chunks = [null, ...outputs.map((stream, index) => this.#collect(stream, index + 1))];
    // The time goes on running: a child's own children may hold its output.
    child.once('exit', () => {
      this.#exited = true;
    });
    child.once('close', this.#onPartEnded);
    if (stdin !== null) this.#feed(stdin);
    // A Node timer can wait no longer; after 24 days it makes no difference.
    if (timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS) {
      this.#timer = setTimeout(() => this.#fail('ETIMEDOUT'), timeoutMs);
    }
  }

  #feed(stdin: Writable): void {
    // Node would destroy it when the child exits; but a child of the child's may read on.
    this.#child.stdin = null;
    this.#parts++;
    stdin.once('close', this.#onPartEnded);
    if (this.#input === null) stdin.end();
    else stdin.end(this.#input);
  }

  #collect(stream: Readable | null, index: number): Buffer[] | null {
    stream?.on('data', (chunk: Buffer) => {
      if (this.#stopped) return;
      this.#chunks[index]?.push(chunk);
      this.#bytes += chunk.length;
      if (this.#maxBufferBytes > 0 && this.#bytes > this.#maxBufferBytes) this.#fail('ENOBUFS');
    });
    return stream === null ? null : [];
  }

  #fail(code: string): void {
    if (this.#errno === 0) this.#errno = errnoOf(code);
    this.#stop();
  }

  /** Kills the child, and lets go of its pipes, which its own children may hold. */
  #stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!this.#exited && !isKilled(child, this.#options.killSignal ?? 'SIGTERM')) child.kill('SIGKILL');
    for (const stream of child.stdio) stream?.destroy();
  }

  /** The child could not be started, or not be killed: the first ends the run, the second has its own remedy. */
  readonly #onError = (error: NodeJS.ErrnoException): void => {
    const child = this.#child;
    if (child.pid !== undefined) return;
    for (const stream of child.stdio ?? []) stream?.destroy();
    this.#end({ pid: 0, status: null, signal: null, output: null, errno: error.errno ?? 0 });
  };

  readonly #onPipeError = (error: NodeJS.ErrnoException): void => {
    if (this.#pipeErrno === 0) this.#pipeErrno = error.errno ?? 0;
  };

  readonly #onPartEnded = (): void => {
    if (--this.#parts > 0) return;
    clearTimeout(this.#timer);
    const { pid = 0, exitCode, signalCode } = this.#child;
    const output = this.#chunks.map((chunks) => (chunks === null ? null : Buffer.concat(chunks)));
    this.#end({ pid, status: exitCode, signal: signalCode, output, errno: this.#errno || this.#pipeErrno });
  };

  #end(outcome: Omit<ChildOutcome, 'spawnfile' | 'spawnargs'>): void {
    const { spawnfile, spawnargs } = this.#child;
    this.#settle?.(null, { ...outcome, spawnfile, spawnargs: spawnargs.slice(1) } satisfies ChildOutcome);
    this.#settle = null;
  }
}

/** False when the signal could not be sent: it is not the system's, or the child is another user's. */
function isKilled(child: ChildProcess, signal: NodeJS.Signals | number): boolean {
  try {
    return child.kill(signal);
  } catch {
    return false;
  }
}

function errnoOf(name: string): number {
  for (const [errno, [code]] of getSystemErrorMap()) if (code === name) return errno;
  return 0;
}
