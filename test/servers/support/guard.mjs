// Runs a server for a test process, and outlives that process just long enough to clean up. Its stdin is a pipe: the
// first line on it is the server's command, in JSON, and it ends when the test process is done or dead, even by SIGKILL.
// Then the server's whole process group ends, and its directory, the only argument, is removed.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

const PATIENCE_MS = 3000;

const [directory] = process.argv.slice(2);
let server = null;
let stopping = false;

for (const event of ['end', 'error', 'close']) process.stdin.on(event, stop);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);

const [line] = await once(createInterface({ input: process.stdin }), 'line');
const [command, ...args] = JSON.parse(line);
server = spawn(command, args, { cwd: directory, detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
server.once('error', (error) => {
  console.error(error.message);
  leave(127);
});
server.once('exit', (code) => {
  signalGroup('SIGKILL'); // children that it left behind
  leave(code ?? 1);
});

function stop() {
  if (stopping) return;
  stopping = true;
  if (server === null) leave(0);
  signalGroup('SIGTERM');
  setTimeout(signalGroup, PATIENCE_MS, 'SIGKILL');
}

function signalGroup(signal) {
  try {
    process.kill(-server.pid, signal);
  } catch {} // the group has ended
}

function leave(code) {
  rmSync(directory, { recursive: true, force: true });
  process.exit(code);
}
