// The face of the core for the folders above it. What of this is public, src/index.ts says; the rest are the seams that
// http-client/ and middleware/ build on.

export { type SwitchKind, switchKind } from './binding.ts';
export { type GreenContext, inContext } from './green-context.ts';
export {
  GREEN_POOL_DEFAULTS,
  GreenPool,
  type GreenPoolOptions,
  type GreenPoolStats,
  type ResolvedGreenPoolOptions,
  resolveGreenPoolOptions,
} from './green-pool.ts';
export { type GreenTask, green, run, spawn } from './spawn.ts';
export { Task, type TaskOwner, type TaskState } from './task.ts';
export { newWaiter, wait } from './wait.ts';
export { Waiter } from './waiter.ts';
