// One step of a streamed iterator: as much as the client takes at once.

import { type Holder, passHeld, Task } from '../pool/index.ts';

/** A step of a reply that has begun goes before requests that have not. */
const STEP_PRIORITY = 1_000_000;

export class StepTask extends Task {
  override priority: number = STEP_PRIORITY;
  override queueTimeoutMs: number | null = 0;
  readonly #run: () => unknown;
  /** Has what a step holds, such as a response that it reads from, until the next step. */
  readonly #reply: Holder;
  readonly #label: string | null;
  readonly #ended: (step: StepTask, failure: Error | null) => void;
  afterwards: ((failure: Error | null) => void) | null = null;

  constructor(
    run: () => unknown,
    reply: Holder,
    label: string | null,
    ended: (step: StepTask, failure: Error | null) => void,
  ) {
    super();
    this.#run = run;
    this.#reply = reply;
    this.#label = label;
    this.#ended = ended;
  }

  override get label(): string | null {
    return this.#label;
  }

  override run(): unknown {
    try {
      return this.#run();
    } finally {
      passHeld(this, this.#reply);
    }
  }

  override settle(): void {
    this.#ended(this, this.failed ? asError(this.value) : null);
  }
}

function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(`The iterator of a reply threw ${String(value)}`);
}
