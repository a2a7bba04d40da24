// Sends a body as the client does, with nothing around it: one dispatch on an undici Agent, in either mode.

import type { Dispatcher } from 'undici';
import { onTestFinished } from 'vitest';

import { type BodyOptions, bodyOf } from '../../../src/http-client/bodies/body-of.ts';
import { closeBody, isStream, watchBody } from '../../../src/http-client/bodies/outgoing-body.ts';
import { PumpedBody } from '../../../src/http-client/bodies/pumped-body.ts';
import type { OutgoingBody, RequestBody } from '../../../src/http-client/bodies/request-body.ts';
import { newAgent } from '../../../src/http-client/undici.ts';
import { newWaiter, run, wait } from '../../../src/pool/index.ts';

export interface Sent {
  status: number;
  /** What the request failed with. */
  failure: unknown;
  /** What the body itself failed with. */
  bodyFailure: unknown;
  outgoing: OutgoingBody | null;
}

export interface SendOptions {
  /** Ends the request when it is settled, as a deadline does. */
  abortAfter?: Promise<unknown>;
  wrap?: (opened: OutgoingBody, body: RequestBody) => OutgoingBody;
}

export function send(green: boolean, url: string, options: BodyOptions, more: SendOptions = {}): Promise<Sent> {
  return green ? run(() => sendHere(url, options, more)) : sendAsync(url, options, more);
}

/** In a green context. */
export function sendHere(url: string, options: BodyOptions, more: SendOptions = {}): Sent {
  const body = bodyOf(options);
  const preparing = body?.prepare?.();
  if (preparing != null) wait(preparing);
  const waiter = newWaiter('send()');
  const exchange = new Probe(() => waiter.fulfil(undefined));
  const opened = body === null ? null : body.open(true);
  exchange.start(url, body, opened, more);
  try {
    if (opened instanceof PumpedBody) opened.pump('send()');
    waiter.wait();
  } finally {
    exchange.abort();
  }
  return exchange.sent;
}

async function sendAsync(url: string, options: BodyOptions, more: SendOptions): Promise<Sent> {
  const body = bodyOf(options);
  await body?.prepare?.();
  return new Promise((resolve) => {
    const exchange = new Probe(() => resolve(exchange.sent));
    exchange.start(url, body, body === null ? null : body.open(false), more);
  });
}

class Probe implements Dispatcher.DispatchHandler {
  readonly sent: Sent = { status: 0, failure: undefined, bodyFailure: undefined, outgoing: null };
  readonly #settle: () => void;
  #controller: Dispatcher.DispatchController | null = null;
  #settled = false;

  constructor(settle: () => void) {
    this.#settle = settle;
  }

  start(url: string, body: RequestBody | null, opened: OutgoingBody | null, { abortAfter, wrap }: SendOptions): void {
    const outgoing = opened === null || wrap === undefined ? opened : wrap(opened, body as RequestBody);
    this.sent.outgoing = outgoing;
    if (outgoing !== null) watchBody(outgoing, (error) => this.#noteBodyFailure(error));
    const agent = newAgent({});
    onTestFinished(() => agent.destroy());
    const headers: Record<string, string> = {};
    if (body?.contentType != null) headers['content-type'] = body.contentType;
    if (body?.byteLength != null && isStream(outgoing)) headers['content-length'] = String(body.byteLength);
    const { origin, pathname } = new URL(url);
    agent.dispatch({ method: 'POST', origin, path: pathname, headers, body: outgoing }, this);
    void abortAfter?.then(() => {
      this.sent.failure = 'aborted';
      this.#end();
      this.abort();
    });
  }

  abort(): void {
    this.#controller?.abort(new Error('aborted by the test'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.sent.status = status;
  }

  onResponseData(): void {}

  onResponseEnd(): void {
    this.#end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: unknown): void {
    if (!this.#settled) this.sent.failure = error;
    this.#end();
  }

  #noteBodyFailure(error: Error): void {
    if (!this.#settled) this.sent.bodyFailure = error;
  }

  #end(): void {
    if (this.#settled) return;
    this.#settled = true;
    closeBody(this.sent.outgoing);
    this.#settle();
  }
}
