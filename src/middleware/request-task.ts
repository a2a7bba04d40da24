// One run of a request's work, of whatever kind: it ends when its client goes away or its time is over, and is answered
// once. Subclasses say what runs and how it is answered.

import type { ServerResponse } from 'node:http';

import { CancelledError, PoolClosedError, RequestTimeoutError } from '../errors.ts';
import { Task } from '../pool/index.ts';
import { type ClientWatcher, watchClient } from './client-gone.ts';
import { connectionOf, endKeepAlive } from './connection.ts';
import type { Closable, RequestPool } from './pools.ts';

/** How one route's work is run: made once, shared by its requests. */
export interface RequestSettings {
  readonly pool: RequestPool;
  readonly label: string | null;
  readonly priority: number;
  /** Null as the pool says. */
  readonly queueTimeoutMs: number | null;
  /** 0 for no limit. */
  readonly timeoutMs: number;
  readonly timeoutStatus: 503 | 504;
  readonly cancelOnDisconnect: boolean;
  readonly writeTimeoutMs: number;
  readonly serverTiming: boolean;
}

export abstract class RequestTask extends Task implements Closable, ClientWatcher {
  readonly settings: RequestSettings;
  readonly response: ServerResponse;
  at = 0;
  older: ClientWatcher | undefined = undefined;
  #watched = false;
  #heard = true;
  #disconnected = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(settings: RequestSettings, response: ServerResponse) {
    super();
    this.settings = settings;
    this.response = response;
    this.priority = settings.priority;
    this.queueTimeoutMs = settings.queueTimeoutMs;
  }

  override get label(): string | null {
    return this.settings.label;
  }

  /** Whether the outcome still has a hearer: false once the client has gone, or has been answered for want of time. */
  get heard(): boolean {
    return this.#heard;
  }

  /** Milliseconds that the request has left; 0 for no limit. */
  protected get timeLeftMs(): number {
    return this.settings.timeoutMs;
  }

  /** Whether the client has gone away before its answer. */
  get disconnected(): boolean {
    return this.#disconnected;
  }

  /** Answers with the outcome. In the request's own async context; not called where nobody is left to hear it. */
  protected abstract answer(): void;
  /** Answers at once, while the work is still being cancelled. */
  protected abstract answerTimeout(error: RequestTimeoutError): void;
  /** Tells the log of an outcome that nobody heard. */
  protected abstract logUnheard(): void;

  /** Watches client and clock, from when the work has suspended or queued. Work that ended at once never gets here. */
  watch(): void {
    const { pool, cancelOnDisconnect } = this.settings;
    const { timeLeftMs } = this;
    this.#watched = true;
    pool.addRequest(this);
    if (timeLeftMs > 0) this.#timer = setTimeout(expire, timeLeftMs, this);
    if (cancelOnDisconnect) watchClient(this.response, this);
  }

  override settle(): void {
    if (!this.#watched) return; // it ended at once: who dispatched it takes the outcome
    this.settings.pool.removeRequest(this);
    if (this.#timer !== null) clearTimeout(this.#timer);
    // Hooks and serializers that run now belong to the request, not to what the work waited in last.
    this.resource.runInAsyncScope(this.#heard ? this.answer : this.logUnheard, this);
  }

  /** The client has gone away: nobody will hear the outcome. */
  disconnect(): void {
    if (this.state === 'finished') return;
    this.#heard = false;
    this.#disconnected = true;
    this.requestCancel('disconnect');
  }

  /** Cancels the work because its time is over and somebody else has answered. */
  overtake(cause: unknown): void {
    this.#heard = false;
    this.requestCancel('deadline', cause);
  }

  /** The time is over: the client is answered now, and the work is told to stop. */
  expire(): void {
    if (this.state === 'finished') return;
    const { timeoutMs, timeoutStatus } = this.settings;
    const error = new RequestTimeoutError(timeoutMs, timeoutStatus, this.times);
    // A reply that has begun is the handler's to end.
    if (!this.response.headersSent && this.#heard) {
      this.#heard = false;
      this.resource.runInAsyncScope(this.answerTimeout, this, error);
    }
    this.requestCancel('deadline', error);
  }

  /** What to fail with: the work's own error, or what a cancellation means to the client. */
  protected get failure(): unknown {
    return this.failureFor(this.value);
  }

  /** What `error`, thrown by the work, means to the client. */
  failureFor(error: unknown): unknown {
    if (!(error instanceof CancelledError)) return error;
    const { timeoutMs, timeoutStatus } = this.settings;
    if (error.reason === 'shutdown') return new PoolClosedError();
    if (error.reason !== 'deadline' || timeoutMs === 0) return error;
    return new RequestTimeoutError(timeoutMs, timeoutStatus, this.times);
  }

  get connection(): object | null {
    return connectionOf(this.response);
  }

  get arrivedAtMs(): number {
    return this.queuedAtMs;
  }

  endKeepAlive(): void {
    endKeepAlive(this.response);
  }
}

function expire(task: RequestTask): void {
  task.expire();
}
