// The load on one server: one long-lived autocannon whose connections are let go for a slice and then held back.
//
// Why not one autocannon run a slice: it counts and stops on a timer (`sampleInt`, 1 s unless told; `amount` computes
// its rate from whole seconds), opens all connections anew each run, and cuts off the requests still under way: a
// 300 ms slice would charge the server with 50 accepts and up to 50 answers that nobody counts. Here the connections
// stay, every request is answered within its slice, and the rate is taken from the first send to the last answer.
//
// Holding back overrides the client's private _doRequest(), the one place where autocannon sends; slice() checks that
// it still is. Everything else, parsing and timing each answer included, is autocannon's own.

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import autocannon from 'autocannon';

export interface Slice {
  readonly requests: number;
  readonly elapsedMs: number;
  readonly latenciesMs: readonly number[];
}

interface Sender {
  _doRequest(): void;
}

const NEVER_S = 86_400;
const DRAIN_TIMEOUT_MS = 5_000;

export class Load {
  readonly #url: string;
  readonly #connections: number;
  readonly #cannon: autocannon.Instance;
  #sending = false;
  #held: (() => void)[] = [];
  #allHeld: (() => void) | null = null;
  #sent = 0;
  #latenciesMs: number[] = [];
  #lastAnswerMs = 0;
  #firstFault: string | null = null;

  /** Connects; sends nothing before the first slice. */
  constructor(url: string, connections: number) {
    this.#url = url;
    this.#connections = connections;
    const setupClient = (client: autocannon.Client) => this.#gate(client as unknown as Sender);
    // With a callback, which has nothing to do, it returns the instance instead of a promise.
    this.#cannon = autocannon({ url, connections, duration: NEVER_S, timeout: NEVER_S, setupClient }, () => {});
    this.#cannon.on('response', (_client, status, _bytes, latencyMs) => {
      this.#lastAnswerMs = performance.now();
      this.#latenciesMs.push(latencyMs);
      if (status < 200 || status > 299) this.#firstFault ??= `status ${status}`;
    });
    this.#cannon.on('reqError', (error: unknown) => {
      this.#firstFault ??= String(error);
    });
  }

  /** Sends for `sliceMs` and takes the answers still missing. Throws unless each request was answered with 2xx. */
  async slice(sliceMs: number): Promise<Slice> {
    const sends = this.#held;
    if (sends.length !== this.#connections) throw this.#broken(`${sends.length} connections held`);
    this.#held = [];
    this.#sent = 0;
    this.#latenciesMs = [];
    this.#sending = true;
    const startMs = performance.now();
    for (const send of sends) send();
    await sleep(sliceMs);
    await this.#holdBack();
    const requests = this.#latenciesMs.length;
    if (this.#firstFault !== null) throw this.#broken(this.#firstFault);
    if (requests !== this.#sent) throw this.#broken(`${this.#sent} requests, ${requests} answers`);
    return { requests, elapsedMs: this.#lastAnswerMs - startMs, latenciesMs: this.#latenciesMs };
  }

  close(): void {
    this.#cannon.stop();
  }

  // Called while the client is made, before it connects and first wants to send.
  #gate(client: Sender): void {
    const send = client._doRequest.bind(client);
    const countedSend = () => {
      this.#sent++;
      send();
    };
    client._doRequest = () => {
      if (this.#sending) return countedSend();
      this.#held.push(countedSend);
      if (this.#held.length === this.#connections) this.#allHeld?.();
    };
  }

  async #holdBack(): Promise<void> {
    this.#sending = false;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.#allHeld = resolve;
      timer = setTimeout(() => reject(this.#broken(this.#firstFault ?? 'no answer for 5 s')), DRAIN_TIMEOUT_MS);
    });
    clearTimeout(timer);
    this.#allHeld = null;
  }

  #broken(what: string): Error {
    return new Error(`The load on ${this.#url} went wrong: ${what}; ${this.#sent - this.#latenciesMs.length} open`);
  }
}
