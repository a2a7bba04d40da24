// greenroom in a web server. Re-exports only.

export { type ReadBodyOptions, readBody } from '../std/read-body.ts';
export { writeChunk } from '../std/write-chunk.ts';
export type { GreenDecorator } from './decorator.ts';
export {
  METRICS_DEFAULTS,
  type MetricsOptions,
  type MetricsRegistry,
  type RegisteredMetrics,
  registerMetrics,
} from './metrics.ts';
export {
  GREENROOM_DEFAULTS,
  type GreenRouteOptions,
  type GreenroomOptions,
  type OnSaturated,
  type PoolLimits,
  type RequestLimits,
  type RetryAfter,
} from './options.ts';
export { greenroom, greenroom as default } from './plugin.ts';
export type { RequestGreen } from './request-green.ts';
export { type PooledListener, type RequestListener, type RunInPoolOptions, runInPool } from './run-in-pool.ts';
export type { PoolSource, StatusGuard, StatusOptions, StatusSnapshot } from './status/index.ts';
