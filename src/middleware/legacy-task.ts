// One run of a legacy handler, or of one layer of an app: what fails goes to whoever handles its errors, `next` or the
// client, once, and nothing does once somebody else has answered.

import type { IncomingMessage, ServerResponse } from 'node:http';

import { type CancelReason, isCancelled, PoolClosedError, type RequestTimeoutError } from '../errors.ts';
import { tellClient } from './legacy-answer.ts';
import type { Handler, LegacyService, Next } from './legacy-service.ts';
import type { RequestState } from './request-state.ts';
import { RequestTask } from './request-task.ts';

/** A call of a handler, and who hears of its failure. */
export interface LegacyCall {
  readonly handler: Handler;
  readonly thisArg: unknown;
  readonly args: readonly unknown[];
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly fail: Next;
  /** Whether the worker waits for a promise that the handler returns. Express waits for none, so its layers do not. */
  readonly holdsPromise: boolean;
}

export class LegacyTask extends RequestTask {
  readonly #service: LegacyService;
  readonly #state: RequestState;
  readonly #call: LegacyCall;
  #returned: unknown = undefined;
  #resolve: ((returned: unknown) => void) | null = null;
  /** That of the layer that runs now: the nearest error middleware is behind it. */
  fail: Next;
  /** Told that the work is being cancelled. */
  onCancel: ((reason: CancelReason, cause: unknown) => void) | null = null;

  constructor(service: LegacyService, state: RequestState, call: LegacyCall) {
    super(service.settings, call.response);
    this.#service = service;
    this.#state = state;
    this.#call = call;
    this.fail = call.fail;
    // What has begun goes before what has not.
    if (state.admitted) this.priority = 1;
  }

  override get label(): string {
    const { method, url = '', originalUrl = url } = this.#call.request as IncomingMessage & { originalUrl?: string };
    return `${method} ${originalUrl.split('?', 1)[0]}`;
  }

  override run(): unknown {
    const { handler, thisArg, args, holdsPromise } = this.#call;
    const returned = Reflect.apply(handler, thisArg, args);
    if (holdsPromise) return returned;
    this.#returned = returned;
    return undefined;
  }

  override requestCancel(reason: CancelReason, cause?: unknown): boolean {
    const requested = super.requestCancel(reason, cause);
    if (requested) this.onCancel?.(reason, cause);
    return requested;
  }

  /** A promise of what the handler returns, for a caller that looks at it, as Express 5 does. It never rejects by itself. */
  get returned(): Promise<unknown> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** The outcome of a task that ended at once. */
  takeOutcome(): unknown {
    if (!this.failed) return this.#returned;
    this.#fail(this.failure);
    return undefined;
  }

  /** What a layer inside this one threw after the request had been answered for want of time, or its client had gone. */
  dropFailure(error: unknown): void {
    if (!isCancelled(error)) this.#service.onError(error, this.#call.request);
  }

  protected override get timeLeftMs(): number {
    const { timeLeftMs } = this.#state;
    return Number.isFinite(timeLeftMs) ? Math.max(1, Math.ceil(timeLeftMs)) : 0;
  }

  protected override answer(): void {
    if (this.failed) this.#fail(this.failure);
    this.#resolve?.(this.#returned);
  }

  protected override answerTimeout(error: RequestTimeoutError): void {
    this.#state.epoch++;
    // No worker came in all its time: its error middleware does not wait for one.
    if (this.startedAtMs === 0) this.#state.refused = true;
    this.fail(error);
  }

  protected override logUnheard(): void {
    if (this.failed) this.dropFailure(this.value);
    this.#resolve?.(undefined);
  }

  #fail(error: unknown): void {
    // No worker came, or none will come again: error middleware must do without.
    if (this.startedAtMs === 0 || error instanceof PoolClosedError) this.#state.refused = true;
    tellClient(this.settings, this.response, error);
    this.#call.fail(error);
  }
}
