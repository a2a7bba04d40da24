// What is known of a request over all the layers that serve it. One layer's work may end and the next begin from the
// event loop, when a body parser has read the body, say: time limits and refusals are the request's, not the layer's.

import type { ServerResponse } from 'node:http';

import { connectionOf, cutOff, endKeepAlive, isClosed } from './connection.ts';
import type { LegacyService } from './legacy-service.ts';
import type { ClosableStream } from './pools.ts';

const STATES = Symbol('greenroom.legacy');

type ServedResponse = ServerResponse & { [STATES]?: RequestState };

export class RequestState implements ClosableStream {
  at = 0;
  /** Whether a worker has been taken for it once: what follows is no new request. */
  admitted = false;
  /** Whether it was denied a worker: what is left of it, error middleware above all, runs outside contexts. */
  refused = false;
  /** How often it has been answered over the heads of its layers: what was entered before is not heard any more. */
  epoch = 0;
  readonly #service: LegacyService;
  readonly #response: ServerResponse;
  readonly arrivedAtMs: number = performance.now();
  #older: RequestState | undefined = undefined;
  #tracked = false;

  /** That of `response` in `service`, made when it is first asked for. */
  static of(service: LegacyService, response: ServerResponse): RequestState {
    const newest = (response as ServedResponse)[STATES];
    for (let state = newest; state !== undefined; state = state.#older) if (state.#service === service) return state;
    const state = new RequestState(service, response);
    state.#older = newest;
    (response as ServedResponse)[STATES] = state;
    return state;
  }

  private constructor(service: LegacyService, response: ServerResponse) {
    this.#service = service;
    this.#response = response;
  }

  /** Milliseconds left, more than 0 unless its time is over; Infinity for no limit, and once that has been answered. */
  get timeLeftMs(): number {
    const { timeoutMs } = this.#service.settings;
    if (timeoutMs === 0 || this.epoch > 0) return Number.POSITIVE_INFINITY;
    return timeoutMs - (performance.now() - this.arrivedAtMs);
  }

  /** Makes the request known to a server that shuts down, until its response is closed. */
  track(): void {
    const response = this.#response as ServedResponse;
    if (this.#tracked || isClosed(response)) return;
    this.#tracked = true;
    this.#service.settings.pool.addStream(this);
    response.on('close', onClose);
  }

  /** The response is closed. */
  untrack(): void {
    if (!this.#tracked) return;
    this.#tracked = false; // each of several states has asked for the event
    this.#service.settings.pool.removeStream(this);
  }

  get older(): RequestState | undefined {
    return this.#older;
  }

  get connection(): object | null {
    return connectionOf(this.#response);
  }

  endKeepAlive(): void {
    endKeepAlive(this.#response);
  }

  abort(): void {
    if (!this.#response.writableEnded) cutOff(this.#response);
  }
}

// One function for all: a closure over a state would make a cycle that outlives scavenges.
function onClose(this: ServedResponse): void {
  for (let state = this[STATES]; state !== undefined; state = state.older) state.untrack();
}
