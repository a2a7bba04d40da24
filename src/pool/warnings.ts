// Process warnings: what an operator should see without having asked. Each names its numbers; `detail` holds the stacks.

import type { ContextDump } from './dump.ts';
import type { Task } from './task.ts';

/** How many contexts a warning looks at: a dump of thousands would hold the loop when it is needed most. */
export const WARNING_CONTEXTS = 100;

/** A pool that stays full must not fill the log with its dumps. */
const FULL_WARNING_INTERVAL_MS = 60_000;

export class FullPoolWarning {
  #lastAtMs = Number.NEGATIVE_INFINITY;

  /** Emits GREEN_WARN_POOL_FULL with the pool's dump, at most once a minute. */
  emit(message: string, dump: () => ContextDump): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastAtMs < FULL_WARNING_INTERVAL_MS) return;
    this.#lastAtMs = nowMs;
    process.emitWarning(message, { code: 'GREEN_WARN_POOL_FULL', detail: String(dump()) });
  }
}

/** One run held the event loop for too long. `frames`: where it gave the loop back; empty if it ended. */
export function warnLongRun(task: Task, ranMs: number, frames: readonly string[]): void {
  const who = task.label === null ? 'A context' : `A context (${task.label})`;
  const where = frames.length === 0 ? 'It has ended since.' : `It then waited here:\n${frames.join('\n')}`;
  process.emitWarning(`${who} held the event loop for ${Math.round(ranMs)} ms without waiting.`, {
    code: 'GREEN_WARN_LONG_RUN',
    detail: where,
  });
}

/** The time to drain is over, and contexts are being cancelled. */
export function warnShutdownOverdue(pool: string, count: number, dump: ContextDump): void {
  const tasks = count === 1 ? '1 task' : `${count} tasks`;
  process.emitWarning(`Pool ${pool}: ${tasks} did not end within the time to drain, and will be cancelled.`, {
    code: 'GREEN_WARN_SHUTDOWN_OVERDUE',
    detail: String(dump),
  });
}

/** Contexts had to be destroyed at shutdown. */
export function warnDiscarded(count: number, dump: ContextDump): void {
  process.emitWarning(
    `${count} ${count === 1 ? 'context' : 'contexts'} ignored the cancellation at shutdown and had to be destroyed.`,
    { code: 'GREEN_WARN_DISCARDED', detail: String(dump) },
  );
}
