// What belongs to a task, such as a socket: it is closed with that task, so that a handler that fails leaves none open.

import { currentContext, type Held, type Holder } from '../pool/index.ts';

export abstract class TaskOwned implements Held, Disposable {
  #holder: Holder | null = null;
  #released = false;

  /** Closes it. Never suspends. Again, does nothing. */
  abstract close(): void;

  /** As {@link TaskOwned.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Makes the running task the one that this is closed with; outside a context, none. Never suspends. */
  adopt(): this {
    const task = currentContext()?.task ?? null;
    if (task === null) return this.detach();
    this.passTo(task);
    return this;
  }

  /** This is closed with no task any more: whoever has it closes it. Never suspends. */
  detach(): this {
    this.#holder?.held?.delete(this);
    this.#holder = null;
    return this;
  }

  /** @internal */
  leftBy(): void {
    this.#holder = null;
    this.close();
  }

  /** @internal */
  passTo(heir: Holder): void {
    this.detach();
    if (this.#released) return;
    this.#holder = heir;
    heir.held ??= new Set();
    heir.held.add(this);
  }

  /** For subclasses: it is closed, and there is nothing to hold any more. */
  protected release(): void {
    this.detach();
    this.#released = true;
  }
}
