// Starts a real server for tests: in a directory of its own, on ports that were free, under a guard that ends it however
// the test process ends. A server is started when it answers.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const GUARD = fileURLToPath(new URL('guard.mjs', import.meta.url));
const START_TIME_MS = 25_000;
const POLL_MS = 25;
const ATTEMPTS = 3; // another process may take a free port before the server does

export interface ServerPlan {
  readonly command: readonly [string, ...string[]];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the server answers; may throw while it does not. */
  isReady(): Promise<boolean>;
}

export interface ServerProcess {
  readonly directory: string;
  /** Everything the server has printed. */
  log(): string;
  /** Resolves when the server has ended and its directory is gone. */
  stop(): Promise<void>;
}

/** `plan` writes the server's files to `directory` and picks its ports; it is called again if the server fails to start. */
export async function startServerProcess(plan: (directory: string) => Promise<ServerPlan>): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt++) {
    const server = new GuardedServer();
    try {
      await server.start(await plan(server.directory));
      return server;
    } catch (error) {
      await server.stop();
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

class GuardedServer implements ServerProcess {
  readonly directory: string;
  readonly #guard: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #ended: Promise<unknown>;
  #log = '';

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'greenroom-server-')); // short: a unix socket's path has 107 bytes
    this.#guard = spawn(process.execPath, [GUARD, this.directory], {
      env: { ...process.env, NODE_OPTIONS: '' },
      detached: true, // out of reach of a Ctrl-C, and of a kill of the test's process group
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#ended = once(this.#guard, 'close');
    this.#guard.stdin.on('error', () => {}); // it has ended by itself
    for (const output of [this.#guard.stdout, this.#guard.stderr]) {
      output.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
      });
    }
    chmodSync(this.directory, 0o755); // for servers that give up root's rights
  }

  /** Resolves when the server answers. */
  async start({ command, env = {}, isReady }: ServerPlan): Promise<void> {
    const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    this.#guard.stdin.write(`${JSON.stringify(['env', ...assignments, ...command])}\n`);
    const deadline = Date.now() + START_TIME_MS;
    while (Date.now() < deadline) {
      const ready = await isReady().catch(() => false);
      // In this order: if the server is there, it was the one that answered.
      if (this.#guard.exitCode !== null) {
        await this.#ended;
        throw new Error(`${command.join(' ')} has ended:\n${this.#log}`);
      }
      if (ready) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw new Error(`${command.join(' ')} does not answer after ${START_TIME_MS} ms:\n${this.#log}`);
  }

  log(): string {
    return this.#log;
  }

  async stop(): Promise<void> {
    this.#guard.stdin.end();
    await this.#ended;
  }
}

/** Ports of 127.0.0.1 where nothing listens, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
