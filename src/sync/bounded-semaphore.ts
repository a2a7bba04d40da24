// A semaphore that counts what is out, so that a permit given back twice is an error. After Python's
// threading.BoundedSemaphore.

import { SyncMisuseError } from '../errors.ts';
import type { SyncOptions } from './primitive.ts';
import { Semaphore } from './semaphore.ts';

/**
 * A {@link Semaphore} that never has more free permits than at first: `release()` beyond that throws
 * `GREEN_ERR_SYNC_MISUSE`.
 *
 * @see docs/sync.md
 */
export class BoundedSemaphore extends Semaphore {
  /** How many permits there are, free or not. */
  readonly permits: number;

  /** @param permits - how many there are: 1 or more. */
  constructor(permits = 1, options: SyncOptions = {}) {
    super(permits, options);
    this.permits = permits;
  }

  protected override assertMayRelease(count: number): void {
    if (this.available + count <= this.permits) return;
    throw new SyncMisuseError(
      this.description,
      `${count} came back with ${this.available} of ${this.permits} free. Release each permit once: by its guard, or by release()`,
    );
  }
}
