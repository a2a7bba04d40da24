// The times of a task, all in milliseconds.

export interface TaskTimes {
  /** From submit() to the start. */
  readonly queuedMs: number;
  /** How long its code has run, and the longest stretch of that without giving the loop back. */
  readonly ranMs: number;
  readonly longestRunMs: number;
  /** How long it has been suspended, and how often. */
  readonly waitedMs: number;
  readonly waits: number;
}

// The native side reads the monotonic clock around every switch anyway; this makes its readings comparable with
// performance.now(), so that JavaScript need not read a clock of its own there.
export const MONOTONIC_ORIGIN_MS: number = Number(process.hrtime.bigint()) / 1e6 - performance.now();
