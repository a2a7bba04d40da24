// One run of a hook or error handler.

import type { FastifyReply, FastifyRequest } from 'fastify';

import type { RequestSettings } from './request-task.ts';
import { RouteTask } from './route-task.ts';

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
