// One run of a green handler, hook or error handler of Fastify.

import type { FastifyReply, FastifyRequest } from 'fastify';

import { type CancelReason, isCancelled, type RequestTimeoutError } from '../errors.ts';
import { isThenable } from '../pool/index.ts';
import { IteratorStream, isIterator } from './iterator-stream.ts';
import { RequestGreen } from './request-green.ts';
import type { RequestSettings } from './request-task.ts';
import { serverTiming } from './server-timing.ts';
import { ThenableTask } from './thenable-task.ts';
import { discardPayload } from './unsent.ts';

export type AnyHandler = (this: unknown, request: FastifyRequest, reply: FastifyReply) => unknown;

/** Where the task of a request is found by `request.green`. */
export const TASK: unique symbol = Symbol('greenroom.task');
export type RequestWithTask = FastifyRequest & { [TASK]: RouteTask | null };

export class RouteTask extends ThenableTask {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly #handler: AnyHandler;
  readonly #instance: unknown;
  #green: RequestGreen | null = null;
  #returnedReply = false;
  #returnedPromise = false;
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
    if (isThenable(result)) {
      this.#returnedPromise = true;
      return result;
    }
    return this.answersRequest && isIterator(result) ? IteratorStream.start(result, this) : result;
  }

  override requestCancel(reason: CancelReason, cause?: unknown): boolean {
    const requested = super.requestCancel(reason, cause);
    if (requested) this.onCancel?.(reason, cause);
    return requested;
  }

  /** The outcome of a task that ended at once. A promise stays one: Fastify tells by it what a handler is. */
  takeOutcome(): unknown {
    this.#finish();
    if (this.#returnedPromise) return this.failed ? Promise.reject(this.failure) : Promise.resolve(this.value);
    if (this.failed) throw this.failure;
    return this.#returnedReply ? this.reply : this.value;
  }

  protected override answer(): void {
    this.#finish();
    if (this.failed) {
      const error = this.failure;
      this.settings.pool.tellRetryAfter(this.reply, error);
      this.deliver(true, error);
    } else if (this.value === undefined && !this.reply.sent && this.#answersLater) {
      // A callback-style handler that answers later, or a stream on its way: Fastify would send an empty reply.
      this.reply.then(
        () => this.deliver(false, undefined),
        (error) => this.deliver(true, error),
      );
    } else {
      this.deliver(false, this.value);
    }
  }

  protected override answerTimeout(error: RequestTimeoutError): void {
    this.deliver(true, error);
  }

  /** A promise of nothing is an empty answer, as from any handler of Fastify. */
  get #answersLater(): boolean {
    return this.#returnedReply || (this.answersRequest && !this.#returnedPromise);
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
