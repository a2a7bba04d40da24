// The public face of the core, and the seams that http-client/ and middleware/ build on (marked @internal).

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
