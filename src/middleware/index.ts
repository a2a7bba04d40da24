// greenroom in a web server. Re-exports only.

export { type GreenStream, greenStream, type ReadLineOptions } from '../std/green-stream.ts';
export { type ReadBodyOptions, readBody } from '../std/read-body.ts';
export { writeChunk } from '../std/write-chunk.ts';
export type { GreenDecorator } from './decorator.ts';
export { legacyRoutes } from './legacy-routes.ts';
export type { LegacyKind, RunInPoolOptions } from './legacy-service.ts';
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
export {
  type LegacyApp,
  type NextFunction,
  type PooledErrorMiddleware,
  type PooledListener,
  runInPool,
} from './run-in-pool.ts';
export type { PoolSource, StatusGuard, StatusOptions, StatusSnapshot } from './status/index.ts';
export type { WaitForBody } from './wait-for-body.ts';
export type { WsgiEnviron } from './wsgi-environ.ts';
export type { WsgiHeaders, WsgiResult } from './wsgi-handler.ts';
