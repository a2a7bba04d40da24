// The Server-Timing header, which browsers show beside a request. https://www.w3.org/TR/server-timing/

import type { TaskTimes } from '../pool/index.ts';

export function serverTiming({ queuedMs, ranMs, waitedMs }: TaskTimes): string {
  return `green-queue;dur=${queuedMs.toFixed(1)}, green-run;dur=${ranMs.toFixed(1)}, green-wait;dur=${waitedMs.toFixed(1)}`;
}
