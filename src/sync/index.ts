// greenroom/sync: what contexts share. Re-exports only.

export { Barrier, type BarrierOptions, type BarrierStats } from './barrier.ts';
export { BoundedSemaphore } from './bounded-semaphore.ts';
export { Condition, type ConditionOptions, type ConditionStats } from './condition.ts';
export { Event, type EventStats } from './event.ts';
export type { OnceStats } from './flights.ts';
export type { SyncGuard, SyncGuard as LockGuard } from './guard.ts';
export { Latch, type LatchStats } from './latch.ts';
export { LifoQueue } from './lifo-queue.ts';
export { Local } from './local.ts';
export { Lock } from './lock.ts';
export { type Once, type OnceOptions, once } from './once.ts';
export type { LockOptions, LockStats } from './owned-lock.ts';
export type { SyncOptions } from './primitive.ts';
export { PriorityQueue, type PriorityQueueOptions } from './priority-queue.ts';
export { Queue, type QueueOptions, type QueueShutdownOptions, type QueueStats } from './queue.ts';
export type { QueueStore } from './queue-stores.ts';
export { RLock, type RLockStats } from './r-lock.ts';
export {
  RateLimiter,
  type RateLimiterOptions,
  type RateLimiterStats,
  type RateLimitWaitOptions,
} from './rate-limiter.ts';
export { RwLock, type RwLockStats } from './rw-lock.ts';
export { Semaphore, type SemaphoreStats } from './semaphore.ts';
