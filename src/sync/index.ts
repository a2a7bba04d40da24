// greenroom/sync: what contexts share. Re-exports only.

export { Lock, type LockGuard, type LockOptions, type LockStats } from './lock.ts';
