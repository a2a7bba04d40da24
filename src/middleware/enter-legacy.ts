// Brings a call of a legacy handler into a context: inline where there is one already, else in a worker of its own.

import { RequestTimeoutError } from '../errors.ts';
import { currentContext } from '../pool/index.ts';
import { tellClient } from './legacy-answer.ts';
import type { LegacyService } from './legacy-service.ts';
import { type LegacyCall, LegacyTask } from './legacy-task.ts';
import { RequestState } from './request-state.ts';

/**
 * Calls the handler in a context of the service's pool. Its failure goes to `call.fail`; what it returns comes back as it
 * is, or, if it suspends, as a promise.
 */
export function enterLegacy(service: LegacyService, call: LegacyCall): unknown {
  const { pool } = service.settings.pool;
  if (pool.runsHere()) return callInline(call);
  const state = RequestState.of(service, call.response);
  if (state.refused) return Reflect.apply(call.handler, call.thisArg, call.args);
  if (state.timeLeftMs <= 0) {
    failOverdue(service, state, call);
    return undefined;
  }
  let task: LegacyTask;
  try {
    if (!state.admitted) pool.assertAdmits();
    task = new LegacyTask(service, state, call);
    pool.dispatch(task);
  } catch (error) {
    state.refused = true;
    tellClient(service.settings, call.response, error);
    call.fail(error);
    return undefined;
  }
  state.admitted = true;
  if (task.state === 'finished') {
    const returned = task.takeOutcome();
    if (!call.response.writableEnded) state.track();
    return returned;
  }
  state.track();
  task.watch();
  return task.state === ('finished' as string) ? undefined : task.returned;
}

/** The time passed outside contexts: while a body came in, say. */
function failOverdue({ settings }: LegacyService, state: RequestState, call: LegacyCall): void {
  const { timeoutMs, timeoutStatus } = settings;
  state.epoch++;
  call.fail(new RequestTimeoutError(timeoutMs, timeoutStatus, { queuedMs: 0, ranMs: 0, waitedMs: timeoutMs }));
}

/** Below a context of the same pool: what throws here is the surrounding layer's to hear, as without greenroom. */
function callInline(call: LegacyCall): unknown {
  const task = currentContext()?.task;
  if (!(task instanceof LegacyTask) || task.response !== call.response) {
    return Reflect.apply(call.handler, call.thisArg, call.args);
  }
  const outerFail = task.fail;
  task.fail = call.fail;
  try {
    return Reflect.apply(call.handler, call.thisArg, call.args);
  } catch (error) {
    // Answered meanwhile: the surrounding layers' error middleware would answer once more.
    if (task.heard) throw task.failureFor(error);
    task.dropFailure(error);
    return undefined;
  } finally {
    task.fail = outerFail;
  }
}

/**
 * `next` as a layer gets it: dead once the request has been answered over the layer's head, because `next` is one
 * function for all layers and would go on behind those that answered.
 */
export function guardNext(service: LegacyService, call: Pick<LegacyCall, 'response' | 'fail'>): LegacyCall['fail'] {
  const next = call.fail;
  if (service.settings.timeoutMs === 0) return next;
  const state = RequestState.of(service, call.response);
  const { epoch } = state;
  return (...error) => {
    if (state.epoch === epoch) next(...error);
  };
}
