// The life of one call: what it waits for at the moment, and what may end it before its response is there (the limit on
// the whole call, its signal, its task). What it sends, and why, is call.ts's.

import { performance } from 'node:perf_hooks';

import { currentContext, type Held, type Holder, isThenable } from '../../pool/index.ts';
import { Settling, type Step } from '../exchange/step.ts';
import type { HttpTimeoutError } from '../http-errors.ts';
import { abortError, type Settler } from './answer.ts';
import type { CallSettings } from './call-settings.ts';
import type { Flow } from './drive.ts';

export abstract class CallLife implements Held, Settler {
  protected readonly settings: CallSettings;
  protected readonly calledAtMs: number = performance.now();
  /** What it waits for. */
  protected step: Step | null = null;
  #expired = false;
  #aborted = false;
  #timer: NodeJS.Timeout | undefined = undefined;
  #onAbort: (() => void) | null = null;
  /** The task that makes the call, while it does; null without green. */
  #holder: Holder | null = null;
  #running = false;

  constructor(settings: CallSettings) {
    this.settings = settings;
  }

  /** What the call throws when it is out of time between two exchanges. */
  protected abstract timeoutError(): HttpTimeoutError;

  /** For the task that holds it; not for callers. A context that is destroyed runs no `finally`. */
  leftBy(): void {
    this.end();
  }

  expire(): void {
    this.#expired = true;
    this.step?.expire();
  }

  protected begin(): void {
    const { green, inFlight, plain, signal, timeouts } = this.settings;
    this.#running = true;
    inFlight.begin();
    if (timeouts.total > 0) this.#timer = setTimeout(onDeadline, timeouts.total, this);
    if (signal !== null) {
      this.#onAbort = () => this.#abort();
      signal.addEventListener('abort', this.#onAbort, { once: true });
    }
    if (!green || plain) return; // a plain call waits only where its waiter's onAbandon tells it
    const task = currentContext()?.task as Holder;
    task.held ??= new Set();
    task.held.add(this);
    this.#holder = task;
  }

  protected end(): void {
    if (!this.#running) return;
    this.#running = false;
    clearTimeout(this.#timer);
    this.step?.abandon();
    if (this.#onAbort !== null) this.settings.signal?.removeEventListener('abort', this.#onAbort);
    this.#holder?.held?.delete(this);
    this.#holder = null;
    this.settings.inFlight.end();
  }

  /** The value, or what it resolves to. */
  *settled<T>(value: T | PromiseLike<T>): Flow<T> {
    if (!isThenable(value)) return value as T;
    const step = new Settling(value as PromiseLike<T>);
    yield* this.waitFor(step);
    return step.value;
  }

  protected *waitFor(step: Step): Flow<void> {
    this.step = step;
    yield step;
    this.step = null;
    this.assertNotOver();
  }

  protected assertNotOver(): void {
    this.assertNotAborted();
    if (this.#expired) throw this.timeoutError();
  }

  /** An exchange that is out of time says so itself. */
  protected assertNotAborted(): void {
    if (this.#aborted) throw abortError(this.settings.signal);
  }

  #abort(): void {
    this.#aborted = true;
    this.step?.expire();
  }
}

function onDeadline(call: CallLife): void {
  call.expire();
}
