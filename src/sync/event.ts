// A flag to wait for. After Python's threading.Event.

import type { WaitOptions } from '../pool/index.ts';
import { Primitive, type SyncOptions } from './primitive.ts';
import { startWait, WaitLine } from './wait-line.ts';

export interface EventStats {
  readonly isSet: boolean;
  /** Contexts that wait for it. */
  readonly waiting: number;
}

/**
 * Something that has happened, or not yet: contexts wait until it is set.
 *
 * @example
 * ```ts
 * import { Event } from 'greenroom/sync';
 *
 * const ready = new Event({ name: 'ready' });
 * connection.once('open', () => ready.set());
 * function handler() {
 *   ready.wait({ timeout: 5000 });
 * }
 * ```
 * @see docs/sync.md
 */
export class Event extends Primitive {
  #set = false;
  readonly #line = new WaitLine();

  constructor(options: SyncOptions = {}) {
    super(options);
  }

  get isSet(): boolean {
    return this.#set;
  }

  /** Lets go on all who wait, and those who come until `clear()`. Never suspends, and may be called anywhere. */
  set(): void {
    this.#set = true;
    this.#line.grantAll(undefined);
  }

  /** Makes those who come from now on wait again. Never suspends, and may be called anywhere. */
  clear(): void {
    this.#set = false;
  }

  /**
   * Suspends the context until the event is set, unless it is. Who waited when it was set goes on, even if it has been
   * cleared again meanwhile.
   *
   * @param options - limits of the waiting; see `wait()`.
   * @throws `GREEN_ERR_WAIT_TIMEOUT`, `GREEN_ERR_CANCELLED`, `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`
   *   and `GREEN_ERR_OPT_INVALID` as `wait()`.
   */
  wait(options: WaitOptions = {}): void {
    const context = startWait('event.wait()', options);
    if (!this.#set) this.#line.wait(context, this, 'event.wait()', options, undefined);
  }

  get stats(): EventStats {
    return { isSet: this.#set, waiting: this.#line.size };
  }
}
