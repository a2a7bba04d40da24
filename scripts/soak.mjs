// npm run test:soak [-- --minutes 60 --seed 1]
//
// Random work from many sides at once, for two minutes unless told. Ends with 0 if every task had its outcome, once; if
// every context is idle; and if memory is flat: at the end, after a garbage collection, the heap and the resident memory
// are within the tolerances below of what they were after a quarter of the time.

import { parseArgs } from 'node:util';
import { dumpContexts, switchKind } from 'greenroom';
// Not public: what an idle process does now and then, of which a soak has no time to wait.
import { sweepIdleContexts } from '../dist/pool/idle-contexts.js';
import { pseudoRandom } from '../test/support/pseudo-random.mjs';
import { SoakWork } from './soak-work.mjs';

const USERS = 150;
const CHECKPOINTS = 12;
const WARM_UP = 3; // checkpoints
const HEAP_TOLERANCE_MB = 3;
const RESIDENT_TOLERANCE_MB = 24;
const MB = 2 ** 20;

const { minutes, seed } = readArguments();
if (globalThis.gc === undefined) throw new Error('Run it with --expose-gc');
console.log(`Node ${process.versions.node}, switch ${switchKind()}, ${minutes} minutes, seed ${seed}`);
// What goes wrong rejects, and ends the process; so does an unhandled rejection, which a late outcome would be.
const work = new SoakWork(pseudoRandom(seed));
const startedAtMs = performance.now();
const measured = [];
for (let count = 1; count <= CHECKPOINTS; count++) {
  const untilMs = startedAtMs + (minutes * 60_000 * count) / CHECKPOINTS;
  await Promise.all(Array.from({ length: USERS }, () => useUntil(untilMs)));
  measured.push(await measure());
}
await work.shutdown();
report();

/** One user, who starts a task when the one before has ended. */
async function useUntil(untilMs) {
  while (performance.now() < untilMs) await work.once();
}

/** Nobody works meanwhile. */
async function measure() {
  await work.check();
  const contexts = dumpContexts().contexts.length;
  for (let i = 0; i < 3; i++) {
    sweepIdleContexts();
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, rss } = process.memoryUsage();
  const now = { heapMb: heapUsed / MB, residentMb: rss / MB };
  const { tasks, waits, cancellations, timeouts, throws } = work;
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  console.log(
    `${seconds} s: ${tasks} tasks, ${waits} waits, ${throws} throws, ${timeouts} timeouts, ` +
      `${cancellations} cancellations; ${contexts} contexts; ` +
      `heap ${now.heapMb.toFixed(1)} MB, resident ${now.residentMb.toFixed(1)} MB`,
  );
  return now;
}

function report() {
  const early = measured[WARM_UP - 1];
  const late = measured[CHECKPOINTS - 1];
  const heapMb = late.heapMb - early.heapMb;
  const residentMb = late.residentMb - early.residentMb;
  const problems = [];
  if (heapMb > HEAP_TOLERANCE_MB) problems.push(`the heap grew by more than ${HEAP_TOLERANCE_MB} MB`);
  if (residentMb > RESIDENT_TOLERANCE_MB)
    problems.push(`resident memory grew by more than ${RESIDENT_TOLERANCE_MB} MB`);
  const growth = `heap ${heapMb.toFixed(1)} MB, resident ${residentMb.toFixed(1)} MB more than after the warm-up`;
  console.log(`${work.tasks} tasks, ${work.waits} waits: ${growth}: ${problems.join('; ') || 'passed'}`);
  if (problems.length > 0) process.exitCode = 1;
}

function readArguments() {
  const options = { minutes: { type: 'string', default: '2' }, seed: { type: 'string', default: `${Date.now()}` } };
  const { values } = parseArgs({ options });
  const numbers = { minutes: Number(values.minutes), seed: Number(values.seed) };
  if (!(numbers.minutes > 0) || !Number.isInteger(numbers.seed)) throw new Error('--minutes and --seed take numbers');
  return numbers;
}
