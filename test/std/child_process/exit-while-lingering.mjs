// A call is cancelled, its child does not heed the signal, and the process exits within the child's time of grace.

import { existsSync, readFileSync } from 'node:fs';
import { spawn } from 'greenroom';
import { spawnSync } from '../../../dist/std/child_process/index.js';

const [file] = process.argv.slice(2);
const script = `trap '' TERM PIPE; echo $$ > ${file}; while :; do sleep 0.05; done`;
const task = spawn(() => spawnSync('/bin/sh', ['-c', script]));
while (!(existsSync(file) && readFileSync(file, 'latin1').endsWith('\n'))) {
  await new Promise((resolve) => setTimeout(resolve, 5));
}
task.cancel();
await Promise.allSettled([task]);
process.kill(Number(readFileSync(file, 'latin1')), 0); // throws if it has ended already
process.exit();
