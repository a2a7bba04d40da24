// The face of the core for the folders above it. What of this is public, src/index.ts says; the rest are the seams that
// http-client/ and middleware/ build on.

export { type SwitchKind, switchKind } from './binding.ts';
export type { CancelScope } from './cancel-scope.ts';
export {
  assertBoolean,
  assertFunction,
  assertInteger,
  assertKnownKeys,
  assertObject,
  assertOneOf,
  withDefaults,
} from './check-options.ts';
export { ContextDump, type ContextEntry, type DumpOptions, dumpContexts } from './dump.ts';
export { currentContext, type GreenContext, inContext } from './green-context.ts';
export { GreenPool, type GreenPoolStats } from './green-pool.ts';
export {
  GREEN_POOL_DEFAULTS,
  type GreenPoolOptions,
  type ShutdownOptions,
  type SubmitOptions,
} from './green-pool-options.ts';
export { withoutSuspending } from './no-suspend.ts';
export type { PoolHistogramStats, TimeDistribution } from './pool-histograms.ts';
export { runOnMain } from './run-on-main.ts';
export { type GreenTask, green, run, spawn } from './spawn.ts';
export { type Held, type Holder, leaveHeld, passHeld, Task } from './task.ts';
export type { TaskMessage } from './task-channels.ts';
export type { TaskTimes } from './task-times.ts';
export { isThenable } from './thenable.ts';
export { type ShieldOptions, shield, withTimeout, yieldNow } from './time-limits.ts';
export {
  assertLimits,
  contextToSuspend,
  MAX_TIMEOUT_MS,
  newWaiter,
  type WaitOptions,
  wait,
  waitWithin,
} from './wait.ts';
export { type FdReadiness, waitFd } from './wait-fd.ts';
export { WaitSubject } from './wait-subject.ts';
export { Waiter } from './waiter.ts';
export { appendWaitingStack } from './waiting-stack.ts';
