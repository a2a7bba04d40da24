// The thread behind the synckit case.

import { setTimeout as sleep } from 'node:timers/promises';

import { runAsWorker } from 'synckit';

runAsWorker(async (n: number) => {
  await sleep(100);
  return n * 2;
});
