// The status page. Re-exports only.

export type { StatusGuard, StatusOptions } from './options.ts';
export { registerStatus } from './register-status.ts';
export type { PoolSource, StatusSnapshot } from './snapshot.ts';
