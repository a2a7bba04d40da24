// One request on the wire and its response: undici's handler (its new API), and the limits on each phase. It settles
// once: when the body is complete, or, where that is streamed, when its headers are there; what undici still reports
// afterwards is ignored. The outcome is stored, not delivered: the waiting side takes it on its own stack, so that an
// error is made there, with the caller's frames.
//
// undici calls the on… methods below its parser's wasm frames, sometimes before dispatch() returns, and without a
// controller if no connection came about. AsyncLocalStorage there is some other request's.

import { AsyncResource } from 'node:async_hooks';
import { performance } from 'node:perf_hooks';
import type { Dispatcher } from 'undici';

import type { HttpPhase, HttpTimeoutLimit } from '../http-errors.ts';
import type { OutgoingRequest } from '../outgoing-request.ts';
import type { HttpProgress } from '../request-options.ts';
import type { HeaderRecord } from '../responses/http-headers.ts';
import type { ResolvedTimeouts } from '../timeouts.ts';
import { limitsConnecting, takesRefusals } from '../transport/lanes.ts';
import { BodySource, type SourceOwner } from './body-source.ts';
import { type ExchangeFailure, errorOf } from './exchange-error.ts';
import { ExchangeHead } from './exchange-head.ts';
import { limitOf, PhaseTimer } from './phase-timer.ts';
import { SentBody } from './sent-body.ts';
import type { Step, StepOwner } from './step.ts';

/** What of its call an exchange must know. */
export interface ExchangeSettings {
  readonly green: boolean;
  readonly timeouts: ResolvedTimeouts;
  readonly maxResponseBytes: number;
  /** Whether it settles when the headers are there. */
  readonly stream: boolean;
  readonly onUploadProgress: ((progress: HttpProgress) => void) | undefined;
  readonly onDownloadProgress: ((progress: HttpProgress) => void) | undefined;
  /** Counts the connections that were begun. */
  readonly transport: { readonly connectionsMade: number };
}

const NO_BODY: Buffer = Buffer.alloc(0);

/** What is read of a body that nobody wants, so that its connection can serve again: as much as undici's dump(). */
const MAX_DISCARDED_BYTES = 128 * 1024;
const MAX_DISCARDING_MS = 1000;

export class Exchange extends ExchangeHead implements Step, SourceOwner, Dispatcher.DispatchHandler {
  phase: HttpPhase = 'connect';
  failure: ExchangeFailure | null = null;
  /** Of a streamed response; null otherwise. */
  source: BodySource | null = null;
  /** Whether it is on a connection that was there before it: none was begun until it was sent. */
  onUsedConnection = false;
  /** Called when the connection is free again, or gone. */
  onEnded: (() => void) | null = null;

  readonly #dispatcher: Dispatcher;
  readonly #settings: ExchangeSettings;
  readonly #connectionsBefore: number;
  /** Has the caller's AsyncLocalStorage, for code of the caller's that undici's callbacks lead to; null if there is none. */
  readonly #resource: AsyncResource | null;
  #sent: SentBody | null = null;
  #owner: StepOwner | null = null;
  #timer: PhaseTimer | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  #paused = false;
  #discarding = false;
  #received = 0;
  // One chunk is the common case, and needs no copy.
  #first: Buffer | null = null;
  #chunks: Buffer[] | null = null;

  constructor(request: OutgoingRequest, dispatcher: Dispatcher, settings: ExchangeSettings, calledAtMs: number) {
    super(request, settings.green, calledAtMs);
    this.#dispatcher = dispatcher;
    this.#settings = settings;
    this.#connectionsBefore = settings.transport.connectionsMade;
    const callsBack = settings.stream || settings.onDownloadProgress !== undefined;
    this.#resource = callsBack ? new AsyncResource('GREENROOM_HTTP_EXCHANGE') : null;
  }

  start(owner: StepOwner): void {
    this.#owner = owner;
    const { method, origin, path, body, tlsName } = this.request;
    let headers = this.request.flatHeaders;
    if (body !== null) {
      this.#sent = new SentBody(body, this.#settings, (thrown) => this.#callerFailed(thrown));
      headers = this.#sent.headers(headers);
    }
    try {
      const sent = {
        method: method as Dispatcher.HttpMethod,
        origin,
        path,
        headers,
        body: this.#sent?.outgoing ?? null,
      };
      // undici knows `servername`; its types do not.
      this.#dispatcher.dispatch(tlsName === undefined ? sent : Object.assign(sent, { servername: tlsName }), this);
    } catch (cause) {
      this.#fail({ cause }); // undici reports its errors; a dispatcher of the caller's may throw them
    }
    // undici looks at a free connection first, in an immediate: so far none has the request. Where the lane itself limits
    // that wait, as nearly always, it spares every call a timer.
    if (this.phase !== 'connect' || this.endedAtMs > 0) return;
    if (!limitsConnecting(this.#dispatcher, this.#settings.timeouts.connect)) this.#await('connect');
  }

  pump(): void {
    this.#sent?.pump();
  }

  /** Why the exchange failed, as an error made now. */
  error(): Error {
    return errorOf(this, this.failure as ExchangeFailure, this.#settings.maxResponseBytes);
  }

  get streamed(): boolean {
    return this.source !== null;
  }

  get connectLimitMs(): number {
    return this.#settings.timeouts.connect;
  }

  /** The body as it came, once; of a settled exchange that is not streamed. */
  takeBody(): Buffer {
    const body = this.#chunks === null ? (this.#first ?? NO_BODY) : Buffer.concat(this.#chunks, this.#received);
    // The response keeps its exchange, which must not keep the body twice.
    this.#chunks = null;
    this.#first = null;
    return body;
  }

  abandon(): void {
    if (this.#owner === null) return;
    this.#owner = null;
    this.#end();
    this.#abort();
  }

  expire(): void {
    this.#timeOut('total', this.#settings.timeouts.total);
  }

  /** Gives the connection back: reads a little of what is left, or gives it up. For a streamed response. */
  discard(): void {
    this.source?.destroy();
  }

  sourceWantsMore(): void {
    if (!this.#paused) return;
    this.#paused = false;
    // Never below undici's parser, which may be calling another stream's reader: resumed there it asserts.
    queueMicrotask(() => this.#resume());
  }

  sourceClosed(): void {
    if (this.endedAtMs > 0) return;
    const left = Number(this.headers['content-length'] ?? 0) - this.#received;
    if (left > MAX_DISCARDED_BYTES || String(this.headers['content-type']).startsWith('text/event-stream')) {
      this.#giveUp(); // nothing, or no end, is near
      return;
    }
    this.#discarding = true;
    this.#received = 0;
    this.#timer?.stop();
    this.#timer = new PhaseTimer(this, 'body', MAX_DISCARDING_MS);
    if (this.#paused) {
      this.#paused = false;
      queueMicrotask(() => this.#resume());
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.endedAtMs > 0) {
      // undici's abort() would take a connection along that has nothing of this request.
      if (takesRefusals(this.#dispatcher)) throw uselessRequest();
      this.#abort();
      return;
    }
    this.sentAtMs = performance.now();
    this.onUsedConnection = this.#settings.transport.connectionsMade === this.#connectionsBefore;
    this.phase = 'headers';
    this.#await('headers');
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: HeaderRecord,
    statusText?: string,
  ): void {
    if (status < 200 || this.#owner === null) return; // informational: the real one follows
    this.headersAtMs = performance.now();
    this.phase = 'body';
    this.status = status;
    this.statusText = statusText ?? '';
    this.headers = headers;
    this.#await('body');
    if (
      this.request.method !== 'HEAD' &&
      status !== 304 &&
      Number(headers['content-length']) > this.#settings.maxResponseBytes
    ) {
      this.#refuseBody();
    } else if (this.#settings.stream) {
      this.source = new BodySource(this, this.#resource as AsyncResource);
      this.#settle();
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.endedAtMs > 0) return;
    this.#received += chunk.length;
    if (this.#discarding) {
      if (this.#received > MAX_DISCARDED_BYTES) this.#giveUp();
      return;
    }
    this.#timer?.refresh();
    if (this.#settings.onDownloadProgress !== undefined) {
      this.#tellProgress(this.#settings.onDownloadProgress);
      if (this.endedAtMs > 0) return;
    }
    if (this.source !== null) this.#stream(controller, chunk, this.source);
    else if (this.#received > this.#settings.maxResponseBytes) this.#refuseBody();
    else if (this.#first === null) this.#first = chunk;
    else if (this.#chunks === null) this.#chunks = [this.#first, chunk];
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.endedAtMs > 0) return;
    this.#end();
    if (this.source === null) this.#settle();
    else if (!this.#discarding) this.source.complete();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null | undefined, cause: unknown): void {
    // undici misses the body that the length in a 304 is about (RFC 9110, section 8.6), and closes the connection.
    if (this.status === 304 && (cause as { code?: unknown } | null)?.code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
      this.onResponseEnd();
    } else this.#fail({ cause });
  }

  phaseTimedOut(phase: HttpPhase, limit: number): void {
    if (this.#discarding) this.#giveUp();
    else this.#timeOut(phase, limit);
  }

  #await(phase: HttpPhase): void {
    const limit = limitOf(phase, this.#settings);
    this.#timer?.stop();
    this.#timer = limit > 0 ? new PhaseTimer(this, phase, limit) : null;
  }

  #tellProgress(onProgress: (progress: HttpProgress) => void): void {
    const progress = { transferred: this.#received, total: this.#total };
    try {
      this.#resource?.runInAsyncScope(onProgress, undefined, progress);
    } catch (error) {
      this.#callerFailed(error);
    }
  }

  #stream(controller: Dispatcher.DispatchController, chunk: Buffer, source: BodySource): void {
    if (source.accept(chunk) || this.endedAtMs > 0 || this.#discarding) return;
    this.#paused = true;
    this.#timer?.stop(); // it is the reader who takes time now
    controller.pause();
  }

  #resume(): void {
    if (this.endedAtMs > 0) return;
    this.#timer?.refresh();
    this.#controller?.resume();
  }

  #callerFailed(thrown: unknown): void {
    this.#fail({ thrown });
    this.#abort();
  }

  #refuseBody(): void {
    this.#fail('too-large');
    this.#abort();
  }

  #timeOut(timeout: HttpTimeoutLimit, limit: number): void {
    if (this.endedAtMs > 0) return;
    this.#fail({ timeout, limit });
    this.#abort();
  }

  #giveUp(): void {
    this.#end();
    this.#abort();
  }

  #fail(failure: ExchangeFailure): void {
    if (this.endedAtMs > 0) return;
    this.failure = failure;
    this.#first = null;
    this.#chunks = null;
    this.#end();
    if (this.source === null) this.#settle();
    else if (!this.#discarding) this.source.fail(this.error());
  }

  #end(): void {
    this.endedAtMs = performance.now();
    this.#sent?.close();
    this.#timer?.stop();
    this.#timer = null;
    this.onEnded?.();
  }

  #settle(): void {
    const owner = this.#owner;
    this.#owner = null;
    owner?.fulfil(undefined);
  }

  // Without a controller the request is not on the wire yet; onRequestStart() comes back to it.
  #abort(): void {
    this.#controller?.abort(uselessRequest());
  }

  get #total(): number | null {
    const length = this.headers['content-length'];
    return length === undefined ? null : Number(length);
  }
}

function uselessRequest(): Error {
  return new Error('The request is of no more use');
}
