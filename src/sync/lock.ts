// Mutual exclusion that its holder cannot take twice.

import { OwnedLock } from './owned-lock.ts';

/**
 * A lock that one task at a time holds.
 *
 * @example
 * ```ts
 * import { Lock } from 'greenroom/sync';
 *
 * const lock = new Lock({ name: 'accounts' });
 * function transfer(from, to, amount) {
 *   using _held = lock.acquire({ timeout: 5000 });
 *   // … waits as often as it likes; nobody else is in here.
 * }
 * ```
 * @see docs/sync.md
 */
export class Lock extends OwnedLock {
  protected readonly mayEnterAgain = false;
}
