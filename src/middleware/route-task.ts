// One run of a green handler, hook or error handler of Fastify. To Fastify it is a thenable, which spares a promise per
// request.

import type { FastifyReply, FastifyRequest } from 'fastify';

import { type CancelReason, isCancelled, type RequestTimeoutError } from '../errors.ts';
import { IteratorStream, isIterator } from './iterator-stream.ts';
import { RequestGreen } from './request-green.ts';
import { type RequestSettings, RequestTask } from './request-task.ts';
import { serverTiming } from './server-timing.ts';
import { discardPayload } from './unsent.ts';

export type AnyHandler = (this: unknown, request: FastifyRequest, reply: FastifyReply) => unknown;

type Fulfilled = (payload: unknown) => void;
type Rejected = (error: unknown) => void;

/** Where the task of a request is found by `request.green`. */
export const TASK: unique symbol = Symbol('greenroom.task');
export type RequestWithTask = FastifyRequest & { [TASK]: RouteTask | null };

export class RouteTask extends RequestTask {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly #handler: AnyHandler;
  readonly #instance: unknown;
  #onFulfilled: Fulfilled | null = null;
  #onRejected: Rejected | null = null;
  #green: RequestGreen | null = null;
  #returnedReply = false;
  /** Told, for `request.green.signal`, that the work is being cancelled. */
  onCancel: ((reason: CancelReason, cause: unknown) => void) | null = null;

  constructor(
    settings: RequestSettings,
    handler: AnyHandler,
    instance: unknown,
    request: FastifyRequest,
    reply: FastifyReply,
  ) {
    super(settings, reply.raw);
    this.request = request;
    this.reply = reply;
    this.#handler = handler;
    this.#instance = instance;
    (request as RequestWithTask)[TASK] = this;
  }

  /** What `request.green` gives. */
  get green(): RequestGreen {
    this.#green ??= new RequestGreen(this);
    return this.#green;
  }

  override run(): unknown {
    const result = this.#handler.call(this.#instance, this.request, this.reply);
    if (result === this.reply) {
      // It is thenable, and settles when the response has ended: waiting for it would hold the worker.
      this.#returnedReply = true;
      return undefined;
    }
    return this.answersRequest && isIterator(result) ? IteratorStream.start(result, this) : result;
  }

  /** Fastify calls this once, at once, with handlers that do not throw. */
  // biome-ignore lint/suspicious/noThenProperty: Fastify asks for no more of an asynchronous result than then().
  then(onFulfilled: Fulfilled, onRejected: Rejected): void {
    this.#onFulfilled = onFulfilled;
    this.#onRejected = onRejected;
  }

  override requestCancel(reason: CancelReason, cause?: unknown): boolean {
    const requested = super.requestCancel(reason, cause);
    if (requested) this.onCancel?.(reason, cause);
    return requested;
  }

  /** The outcome of a task that ended at once. */
  takeOutcome(): unknown {
    this.#finish();
    if (this.failed) throw this.failure;
    return this.#returnedReply ? this.reply : this.value;
  }

  protected override answer(): void {
    const onFulfilled = this.#onFulfilled as Fulfilled;
    const onRejected = this.#onRejected as Rejected;
    this.#finish();
    if (this.failed) {
      const error = this.failure;
      this.settings.pool.tellRetryAfter(this.reply, error);
      onRejected(error);
    } else if (this.value === undefined && !this.reply.sent && (this.#returnedReply || this.answersRequest)) {
      // A callback-style handler that answers later, or a stream on its way: Fastify would send an empty reply.
      this.reply.then(() => onFulfilled(undefined), onRejected);
    } else {
      onFulfilled(this.value);
    }
  }

  protected override answerTimeout(error: RequestTimeoutError): void {
    (this.#onRejected as Rejected)(error);
  }

  /** Whether the work is there to answer; a hook that returns nothing lets Fastify go on. */
  protected get answersRequest(): boolean {
    return true;
  }

  protected override logUnheard(): void {
    this.#green?.end(true);
    if (!this.failed) discardPayload(this.value);
    const { log } = this.request;
    const { ranMs, waitedMs, queuedMs } = this.times;
    if (this.disconnected) log.info({ statusCode: 499, queuedMs, ranMs, waitedMs }, 'the client went away');
    if (this.failed && !isCancelled(this.value))
      log.warn({ err: this.value }, 'a handler failed after its request was over');
  }

  #finish(): void {
    this.#green?.end(this.failed);
    if (this.settings.serverTiming && !this.response.headersSent) {
      this.reply.header('server-timing', serverTiming(this.times));
    }
  }
}

/** A hook or error handler, with its arguments bound. */
export class CallTask extends RouteTask {
  readonly #answersRequest: boolean;

  constructor(
    settings: RequestSettings,
    call: () => unknown,
    request: FastifyRequest,
    reply: FastifyReply,
    answersRequest: boolean,
  ) {
    super(settings, call, undefined, request, reply);
    this.#answersRequest = answersRequest;
  }

  protected override get answersRequest(): boolean {
    return this.#answersRequest;
  }
}
