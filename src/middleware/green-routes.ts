// Turns route handlers into green ones: a pool, the handlers in flight, and what a refusal looks like.

import type { FastifyReply, FastifyRequest } from 'fastify';

import type { GreenPool } from '../pool/index.ts';
import { type AnyHandler, RouteTask } from './route-task.ts';

const WRAPPED = Symbol('greenroom.wrapped');

export class GreenRoutes {
  readonly #pool: GreenPool;
  readonly #retryAfter: string;
  readonly #suspended: RouteTask[] = [];

  constructor(pool: GreenPool, retryAfterSeconds: number) {
    this.#pool = pool;
    this.#retryAfter = String(retryAfterSeconds);
  }

  /** Idempotent: Fastify shows a route more than once, for HEAD and for both forms of a prefix. */
  wrap(handler: AnyHandler): AnyHandler {
    if (WRAPPED in handler) return handler;
    const routes = this;
    const wrapped = function (this: unknown, request: FastifyRequest, reply: FastifyReply): unknown {
      return routes.#handle(handler, this, request, reply);
    };
    return Object.assign(wrapped, { [WRAPPED]: true });
  }

  /** Stops taking requests and lets those in flight close their connections. */
  beginClose(): void {
    void this.#pool.shutdown();
    for (const task of this.#suspended) task.endKeepAlive();
  }

  #handle(handler: AnyHandler, instance: unknown, request: FastifyRequest, reply: FastifyReply): unknown {
    const task = this.#dispatch(handler, instance, request, reply);
    if (task.state === 'finished') {
      if (task.failed) throw task.value;
      return task.value;
    }
    task.trackIn(this.#suspended);
    return task;
  }

  #dispatch(handler: AnyHandler, instance: unknown, request: FastifyRequest, reply: FastifyReply): RouteTask {
    try {
      this.#pool.assertAdmits();
      const task = new RouteTask(handler, instance, request, reply);
      this.#pool.dispatch(task);
      return task;
    } catch (error) {
      reply.header('retry-after', this.#retryAfter);
      throw error;
    }
  }
}
