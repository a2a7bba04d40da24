// greenroom in a web server. Re-exports only.

export { GREENROOM_DEFAULTS, type GreenroomOptions } from './options.ts';
export { type GreenDecorator, greenroom, greenroom as default } from './plugin.ts';
export { type PooledListener, type RequestListener, type RunInPoolOptions, runInPool } from './run-in-pool.ts';
