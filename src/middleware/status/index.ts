// The status page. Re-exports only.

export { STATUS_DEFAULTS, type StatusGuard, type StatusOptions } from './options.ts';
export { registerStatus } from './register-status.ts';
export type { PoolSource, PoolStatus, StatusSnapshot } from './snapshot.ts';
