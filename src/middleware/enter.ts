// Enters Fastify's calls, handlers above all, into a pool: what ends without suspending is given back as it is, what
// suspends is a thenable, and what is refused is told why.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { CallTask } from './call-task.ts';
import type { RouteSettings } from './route-settings.ts';
import { type AnyHandler, RouteTask } from './route-task.ts';

/** Runs a handler of the route. */
export function enterHandler(
  settings: RouteSettings,
  handler: AnyHandler,
  instance: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): unknown {
  const { pool } = settings.pool;
  // Below app.inject() in a green handler, or a green middleware's next(): a second worker could wait for the first.
  if (pool.runsHere()) return handler.call(instance, request, reply);
  if (settings.onSaturated !== undefined && pool.refuses) {
    const answer = settings.onSaturated(request, reply, pool.stats);
    if (answer !== undefined || reply.sent) return answer ?? reply;
  }
  return dispatch(settings, reply, () => new RouteTask(settings, handler, instance, request, reply));
}

/** Runs a hook, or an error handler, in place. Hooks must give a thenable, or Fastify would wait for their callback. */
export function enterCall(
  settings: RouteSettings,
  call: () => unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  isHook: boolean,
): unknown {
  if (settings.pool.pool.runsHere()) return call();
  return dispatch(settings, reply, () => new CallTask(settings, call, request, reply, !isHook));
}

function dispatch(settings: RouteSettings, reply: FastifyReply, makeTask: () => RouteTask): unknown {
  const { pool } = settings.pool;
  let task: RouteTask;
  try {
    pool.assertAdmits();
    task = makeTask();
    pool.dispatch(task);
  } catch (error) {
    settings.pool.tellRetryAfter(reply, error);
    throw error;
  }
  if (task.state === 'finished') return task.takeOutcome();
  task.watch();
  if (settings.watchesFastify) watchFastify(task);
  return task;
}

/** Fastify's own `handlerTimeout` answers and lets the handler run on. */
function watchFastify(task: RouteTask): void {
  const { signal } = task.request;
  signal.addEventListener('abort', () => {
    const { reason } = signal;
    if ((reason as { code?: unknown } | undefined)?.code === 'FST_ERR_HANDLER_TIMEOUT') task.overtake(reason);
  });
}
