// How a server without Fastify ends its legacy requests.

import { assertInteger, MAX_TIMEOUT_MS, type ShutdownOptions } from '../pool/index.ts';
import type { LegacyService } from './legacy-service.ts';
import type { RequestPool } from './pools.ts';

const DEFAULT_DRAIN_MS = 10_000;
const POLL_MS = 20;
/** What the last answers have to get out, apps' own error pages above all. */
const GRACE_MS = 200;

export function shutdownOf({ settings }: LegacyService): (options?: ShutdownOptions) => Promise<void> {
  let ended: Promise<void> | null = null;
  return ({ drain = DEFAULT_DRAIN_MS } = {}) => {
    assertInteger('drain', drain, 0, MAX_TIMEOUT_MS);
    ended ??= shutdown(settings.pool, drain);
    return ended;
  };
}

async function shutdown(pool: RequestPool, drainMs: number): Promise<void> {
  const drainedMs = performance.now() + drainMs;
  pool.endKeepAlive();
  void pool.pool.shutdown({ drain: drainMs });
  await pool.pool.shutdown();
  const deadlineMs = Math.max(drainedMs, performance.now() + GRACE_MS);
  // No worker is busy. Requests whose body or answer is on its way may need one again, until their time is over too.
  while (pool.streams > 0) {
    if (performance.now() >= deadlineMs) pool.abortStreams();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    await pool.pool.shutdown();
  }
}
