// One run of a legacy handler: there is no framework above it, so refusals and failures are answered here.

import type { IncomingMessage, ServerResponse } from 'node:http';

import { isCancelled, type RequestTimeoutError } from '../errors.ts';
import { cutOff } from './connection.ts';
import { isRefusal } from './pools.ts';
import { type RequestSettings, RequestTask } from './request-task.ts';

type OnError = (error: unknown, request: IncomingMessage) => void;

export class ListenerTask extends RequestTask {
  readonly #call: () => unknown;
  readonly #request: IncomingMessage;
  readonly #onError: OnError;

  static enter(
    settings: RequestSettings,
    call: () => unknown,
    request: IncomingMessage,
    response: ServerResponse,
    onError: OnError,
  ): void {
    const { pool } = settings.pool;
    try {
      pool.assertAdmits();
      const task = new ListenerTask(settings, call, request, response, onError);
      pool.dispatch(task);
      if (task.state === 'finished') task.answer();
      else task.watch();
    } catch (error) {
      refuse(settings, response, error, (failure) => onError(failure, request));
    }
  }

  private constructor(
    settings: RequestSettings,
    call: () => unknown,
    request: IncomingMessage,
    response: ServerResponse,
    onError: OnError,
  ) {
    super(settings, response);
    this.#call = call;
    this.#request = request;
    this.#onError = onError;
  }

  override get label(): string {
    return `${this.#request.method} ${this.#request.url?.split('?', 1)[0]}`;
  }

  // What the handler returns means nothing in (req, res) style, unless it is a promise: then its failure counts.
  override run(): unknown {
    return this.#call();
  }

  protected override answer(): void {
    if (this.failed) refuse(this.settings, this.response, this.failure, (error) => this.#onError(error, this.#request));
  }

  protected override answerTimeout(error: RequestTimeoutError): void {
    answer(this.response, error.statusCode as number, {});
  }

  protected override logUnheard(): void {
    if (this.failed && !isCancelled(this.value)) this.#onError(this.value, this.#request);
  }
}

function refuse(
  settings: RequestSettings,
  response: ServerResponse,
  error: unknown,
  tell: (error: unknown) => void,
): void {
  if (isRefusal(error)) {
    answer(response, 503, { 'retry-after': String(settings.pool.retryAfterSeconds) });
    return;
  }
  answer(response, 500, {});
  tell(error);
}

const TEXTS: Readonly<Record<number, string>> = {
  500: 'Internal Server Error\n',
  503: 'Service Unavailable\n',
  504: 'Gateway Timeout\n',
};

function answer(response: ServerResponse, status: number, headers: Record<string, string>): void {
  if (response.headersSent) {
    // Half a response is out: only a closed connection tells the client that the rest is missing.
    if (!response.writableEnded) cutOff(response);
    return;
  }
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(TEXTS[status]);
}
