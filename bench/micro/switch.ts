// The cost ladder: what one await, one wait() and one context cost, in nanoseconds, with nothing else going on.
//
//   npm run -s build:dev && node build/dev/bench/micro/switch.js
//
// Every step runs once a round, in alternating order, so that a slow moment of the machine hits all of them alike; the
// median of the rounds is printed. In a server the same things cost more, because caches are shared with the rest of
// the request: `npm run bench` measures that.

import { performance } from 'node:perf_hooks';

import { run, spawn, switchKind, wait } from 'greenroom';

import { estimateMedian } from '../http/stats.ts';
import { STEPS } from './steps.ts';

const ROUNDS = 41;
const WARM_UP_ROUNDS = 10;
const BATCH = 2000;
const NAME_WIDTH = 60;
const NEW_CONTEXTS = 500; // fewer than greenroom keeps idle, and none of them was there before

const newContextNs = await measureNewContexts();
const times = new Map(STEPS.map((step) => [step, [] as number[]]));
for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
  for (const step of round % 2 === 0 ? STEPS : STEPS.toReversed()) {
    const startMs = performance.now();
    await step.batch(BATCH);
    const ns = ((performance.now() - startMs) * 1e6) / BATCH;
    if (round >= 0) times.get(step)?.push(ns);
  }
}

console.log(
  `Node ${process.version}, stack switch: ${switchKind()}, ${ROUNDS} rounds of ${BATCH}, ns each [95 % CI]\n`,
);
for (const [step, ns] of times) {
  const { median, low, high } = estimateMedian(ns);
  console.log(
    `${step.name.padEnd(NAME_WIDTH)}${median.toFixed(0).padStart(7)}  [${low.toFixed(0)}, ${high.toFixed(0)}]`,
  );
}
console.log(
  `${'a context that is not there yet, made and suspended once'.padEnd(NAME_WIDTH)}${newContextNs.toFixed(0).padStart(7)}`,
);

/** Once, and first: later the contexts are there. */
async function measureNewContexts(): Promise<number> {
  await run(() => 0); // loads the binding and installs the guards
  let release: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const startMs = performance.now();
  const tasks = Array.from({ length: NEW_CONTEXTS }, () => spawn(() => wait(gate)));
  const elapsedMs = performance.now() - startMs;
  release();
  await Promise.all(tasks);
  return (elapsedMs * 1e6) / NEW_CONTEXTS;
}
