// One request on the wire: undici's handler (its new API), the deadline, and the outcome. It settles once, and then
// wakes whoever waits; what undici still reports afterwards is ignored. The outcome is stored, not delivered: the
// waiting side takes it on its own stack, so that an error is made there, with the caller's frames.
//
// undici calls the on… methods below its parser's wasm frames, sometimes before dispatch() returns, and without a
// controller if no connection came about. AsyncLocalStorage there is some other request's.

import { performance } from 'node:perf_hooks';
import type { Dispatcher } from 'undici';

import { errorOf } from './exchange-error.ts';
import type { HttpPhase } from './http-errors.ts';
import type { HeaderRecord } from './http-headers.ts';
import { HttpResponse } from './http-response.ts';
import type { PreparedRequest } from './request-options.ts';

/** Why there is no response. */
export type ExchangeFailure = 'deadline' | 'too-large' | { readonly cause: unknown };

/** Who waits: a Waiter, or a promise's resolver. Told once. */
export interface ExchangeOwner {
  fulfil(value: undefined): void;
}

const NO_BODY: Buffer = Buffer.alloc(0);

export class Exchange implements Dispatcher.DispatchHandler {
  readonly request: PreparedRequest;
  readonly maxBytes: number;
  phase: HttpPhase = 'connect';
  elapsed = 0;
  failure: ExchangeFailure | null = null;

  readonly #owner: ExchangeOwner;
  readonly #startedAt = performance.now();
  #timer: NodeJS.Timeout | undefined = undefined;
  #controller: Dispatcher.DispatchController | null = null;
  #settled = false;
  #status = 0;
  #headers: HeaderRecord | null = null;
  #received = 0;
  // One chunk is the common case, and needs no copy.
  #first: Buffer | null = null;
  #chunks: Buffer[] | null = null;

  constructor(request: PreparedRequest, maxBytes: number, owner: ExchangeOwner) {
    this.request = request;
    this.maxBytes = maxBytes;
    this.#owner = owner;
  }

  start(dispatcher: Dispatcher): void {
    const { timeout } = this.request;
    if (timeout > 0) this.#timer = setTimeout(onDeadline, timeout, this);
    dispatcher.dispatch(this.request, this);
  }

  /** The response. Only once it is settled. Throws an error made now, whose stack begins below `entry`. */
  take(entry: (...args: never[]) => unknown): HttpResponse {
    if (this.failure !== null) {
      const error = errorOf(this);
      Error.captureStackTrace(error, entry);
      throw error;
    }
    const { method, origin, path } = this.request;
    const details = { method, origin, path, elapsed: this.elapsed };
    return new HttpResponse(details, this.#status, this.#headers as HeaderRecord, this.#body());
  }

  /** Gives up on an exchange that nobody waits for any longer: it is taken off the wire. Else does nothing. */
  abandon(): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#abort();
  }

  expire(): void {
    this.#fail('deadline');
    this.#abort();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) this.#abort();
    else this.phase = 'headers';
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: HeaderRecord): void {
    if (status < 200 || this.#settled) return; // informational: the real one follows
    this.phase = 'body';
    this.#status = status;
    this.#headers = headers;
    if (this.request.method !== 'HEAD' && Number(headers['content-length']) > this.maxBytes) this.#refuseBody();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled) return;
    this.#received += chunk.length;
    if (this.#received > this.maxBytes) this.#refuseBody();
    else if (this.#first === null) this.#first = chunk;
    else if (this.#chunks === null) this.#chunks = [this.#first, chunk];
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#settle();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null | undefined, cause: unknown): void {
    this.#fail({ cause });
  }

  #refuseBody(): void {
    this.#fail('too-large');
    this.#abort();
  }

  #fail(failure: ExchangeFailure): void {
    if (this.#settled) return;
    this.failure = failure;
    this.#first = null;
    this.#chunks = null;
    this.#settle();
  }

  #settle(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.elapsed = performance.now() - this.#startedAt;
    clearTimeout(this.#timer);
    this.#owner.fulfil(undefined);
  }

  // Without a controller the request is not on the wire yet; onRequestStart() comes back to it.
  #abort(): void {
    this.#controller?.abort(new Error('The request is of no more use'));
  }

  #body(): Buffer {
    if (this.#chunks !== null) return Buffer.concat(this.#chunks, this.#received);
    return this.#first ?? NO_BODY;
  }
}

function onDeadline(exchange: Exchange): void {
  exchange.expire();
}
