// Mutual exclusion that its holder may take again. After Python's threading.RLock.

import { type LockStats, OwnedLock } from './owned-lock.ts';

export interface RLockStats extends LockStats {
  /** How often its holder has taken it and not given it back. */
  readonly depth: number;
}

/**
 * A lock that one task at a time holds, as often as it likes: it is free when it was given back as often.
 *
 * @see docs/sync.md
 */
export class RLock extends OwnedLock {
  protected readonly mayEnterAgain = true;

  override get stats(): RLockStats {
    return { ...super.stats, depth: this.depth };
  }
}
