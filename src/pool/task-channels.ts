// node:diagnostics_channel channels of a task's life: `greenroom:task:start`, `:suspend`, `:resume` and `:end`. Published
// on the stepper's stack; without subscribers they cost one look.

import { type Channel, channel } from 'node:diagnostics_channel';

import type { Task, TaskState } from './task.ts';
import type { TaskTimes } from './task-times.ts';

/** What the channels publish. `task` is the same object in every message of one task, for use as a key. */
export interface TaskMessage extends TaskTimes {
  readonly task: object;
  readonly pool: string | null;
  readonly label: string | null;
  readonly state: TaskState;
  /** Whether the task threw; for `:end`. */
  readonly failed: boolean;
}

const started = channel('greenroom:task:start');
const suspended = channel('greenroom:task:suspend');
const resumed = channel('greenroom:task:resume');
const ended = channel('greenroom:task:end');

export const publishStart = (task: Task): void => publish(started, task);
export const publishSuspend = (task: Task): void => publish(suspended, task);
export const publishResume = (task: Task): void => publish(resumed, task);
export const publishEnd = (task: Task): void => publish(ended, task);

function publish(to: Channel, task: Task): void {
  if (!to.hasSubscribers) return;
  const { label, state, failed } = task;
  to.publish({ ...task.times, task, pool: task.owner?.name ?? null, label, state, failed } satisfies TaskMessage);
}
