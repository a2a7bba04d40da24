// One run of a green route handler. To Fastify it is a thenable, which spares a promise per request.

import type { FastifyReply, FastifyRequest } from 'fastify';

import { Task } from '../pool/index.ts';

export type AnyHandler = (this: unknown, request: FastifyRequest, reply: FastifyReply) => unknown;

type Fulfilled = (payload: unknown) => void;
type Rejected = (error: unknown) => void;

export class RouteTask extends Task {
  readonly #handler: AnyHandler;
  readonly #instance: unknown;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  #onFulfilled: Fulfilled | null = null;
  #onRejected: Rejected | null = null;
  #suspended: RouteTask[] | null = null;
  #at = 0;

  constructor(handler: AnyHandler, instance: unknown, request: FastifyRequest, reply: FastifyReply) {
    super();
    this.#handler = handler;
    this.#instance = instance;
    this.#request = request;
    this.#reply = reply;
  }

  override run(): unknown {
    const result = this.#handler.call(this.#instance, this.#request, this.#reply);
    // A reply is thenable, and settles when the response has ended: waiting for it would hold the worker.
    return result === this.#reply ? undefined : result;
  }

  /** Fastify calls this once, at once, with handlers that do not throw. */
  // biome-ignore lint/suspicious/noThenProperty: Fastify asks for no more of an asynchronous result than then().
  then(onFulfilled: Fulfilled, onRejected: Rejected): void {
    this.#onFulfilled = onFulfilled;
    this.#onRejected = onRejected;
  }

  /** Keeps the task in `suspended` until it settles. */
  trackIn(suspended: RouteTask[]): void {
    this.#suspended = suspended;
    this.#at = suspended.push(this) - 1;
  }

  // A Set or Map would do this in one line, and promote half of all garbage: the table that it outgrows points to the
  // next one, so that an old, dead table keeps every later one alive, with the tasks in it, until a full collection.
  #untrack(): void {
    const suspended = this.#suspended;
    if (suspended === null) return;
    const last = suspended.pop() as RouteTask;
    if (last !== this) {
      suspended[this.#at] = last;
      last.#at = this.#at;
    }
  }

  override settle(): void {
    if (this.#onFulfilled === null) return; // ended without suspending: the caller takes the outcome itself
    this.#untrack();
    // Hooks and serializers that run now belong to the request, not to what the handler waited in last.
    this.resource.runInAsyncScope(this.#answer, this);
  }

  #answer(): void {
    const onFulfilled = this.#onFulfilled as Fulfilled;
    const onRejected = this.#onRejected as Rejected;
    if (this.failed) {
      onRejected(this.value);
    } else if (this.value === undefined && !this.#reply.sent) {
      // A callback-style handler that answers later, or a stream on its way: Fastify would send an empty reply.
      this.#reply.then(() => onFulfilled(undefined), onRejected);
    } else {
      onFulfilled(this.value);
    }
  }

  /** Ends the keep-alive of a reply whose headers are not out yet, so that close() need not wait for its socket. */
  endKeepAlive(): void {
    this.#reply.raw.shouldKeepAlive = false;
  }
}
