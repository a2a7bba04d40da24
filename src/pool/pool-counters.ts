// What a pool counts.

import { isCancelled } from '../errors.ts';
import type { Task } from './task.ts';

// How much one task moves the mean: that of the last twenty, about.
const MEAN_WEIGHT = 0.05;

export class PoolCounters {
  active = 0;
  peak = 0;
  completed = 0;
  failed = 0;
  rejected = 0;
  cancelled = 0;
  discarded = 0;
  queueTimeouts = 0;
  /** How long tasks have lately held a worker, in milliseconds; 0 before the first. */
  meanTaskMs = 0;

  started(): void {
    this.active++;
    if (this.active > this.peak) this.peak = this.active;
  }

  ended(task: Task): void {
    this.active--;
    this.#countOutcome(task);
    const heldMs = task.sliceEndedAtMs - task.startedAtMs;
    this.meanTaskMs += this.completed + this.failed === 1 ? heldMs : (heldMs - this.meanTaskMs) * MEAN_WEIGHT;
  }

  cancelledInQueue(): void {
    this.failed++;
    this.cancelled++;
  }

  expiredInQueue(): void {
    this.failed++;
    this.queueTimeouts++;
  }

  #countOutcome(task: Task): void {
    if (!task.failed) this.completed++;
    else {
      this.failed++;
      if (task.cancelRequested && isCancelled(task.value)) this.cancelled++;
    }
  }
}
