// greenroom: green threads for Node. Re-exports only.

export {
  AddonUnsupportedError,
  GreenroomError,
  type GreenroomErrorCode,
  InternalError,
  InvalidOptionError,
  NoStackError,
  PoolClosedError,
  PoolFullError,
  WaitForbiddenError,
  WaitOutsideContextError,
} from './errors.ts';
export {
  GREEN_POOL_DEFAULTS,
  GreenPool,
  type GreenPoolOptions,
  type GreenPoolStats,
  type GreenTask,
  green,
  inContext,
  run,
  type SwitchKind,
  spawn,
  switchKind,
  wait,
} from './pool/index.ts';
