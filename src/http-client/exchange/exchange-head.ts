// What is known of an exchange beside its body: whose it is, when what happened, and the response's head. The response
// the caller gets is made of it, so that nothing is copied.

import { performance } from 'node:perf_hooks';

import type { OutgoingRequest } from '../outgoing-request.ts';
import type { HeaderRecord } from '../responses/http-headers.ts';
import type { HttpResponse } from '../responses/http-response.ts';
import type { HttpTimings, ResponseHead } from '../responses/response-head.ts';

const NO_HISTORY: readonly HttpResponse[] = Object.freeze([]);

export abstract class ExchangeHead implements ResponseHead {
  readonly request: OutgoingRequest;
  readonly green: boolean;
  status = 0;
  statusText = '';
  headers: HeaderRecord = {};
  /** The responses that led to this one. */
  history: readonly HttpResponse[] = NO_HISTORY;
  /** When the call began, this exchange began, was on a connection, had its headers, and ended; 0 for not yet. */
  readonly calledAtMs: number;
  readonly startedAtMs: number = performance.now();
  sentAtMs = 0;
  headersAtMs = 0;
  endedAtMs = 0;

  constructor(request: OutgoingRequest, green: boolean, calledAtMs: number) {
    this.request = request;
    this.green = green;
    this.calledAtMs = calledAtMs;
  }

  /** Whether the response was given while its body was still to come. */
  abstract get streamed(): boolean;

  get method(): string {
    return this.request.method;
  }

  get origin(): string {
    return this.request.origin;
  }

  get path(): string {
    return this.request.path;
  }

  get attempt(): number {
    return this.request.attempt;
  }

  /** Until the response was there. */
  get elapsed(): number {
    return (this.streamed ? this.headersAtMs : this.endedAtMs) - this.calledAtMs;
  }

  get timings(): HttpTimings {
    const { startedAtMs, sentAtMs, headersAtMs, endedAtMs } = this;
    return {
      connect: sentAtMs - startedAtMs,
      headers: headersAtMs - sentAtMs,
      body: endedAtMs > 0 ? endedAtMs - headersAtMs : null,
    };
  }
}
