// Server-sent events: the same frame to every client, one an interval. The timer runs while there is a client.

import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

import type { SnapshotCollector } from './snapshot.ts';

const RETRY_MS = 2000;

export class EventStream {
  readonly #collector: SnapshotCollector;
  readonly #intervalMs: number;
  readonly #clients = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(collector: SnapshotCollector, intervalMs: number) {
    this.#collector = collector;
    this.#intervalMs = intervalMs;
  }

  /** Answers with the latest snapshot at once, and with one an interval until the client or close() ends it. */
  add(response: ServerResponse, headers: OutgoingHttpHeaders): void {
    // The connection is good for nothing else, and a kept-alive one could hold up the server's close().
    response.shouldKeepAlive = false;
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no', // nginx would hold events back
    });
    if (this.#closed || response.destroyed) {
      response.end();
      return;
    }
    response.on('error', () => {}); // the client is gone: 'close' follows
    response.once('close', () => this.#remove(response));
    this.#clients.add(response);
    this.#start();
    response.write(`retry: ${RETRY_MS}\n\n${frame(this.#collector.json())}`);
  }

  /** Ends all streams, for good. */
  close(): void {
    this.#closed = true;
    for (const client of this.#clients) {
      // A client that does not read would never let end() finish.
      if (client.writableNeedDrain) client.destroy();
      else client.end();
    }
  }

  #remove(client: ServerResponse): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.#collector.stopMonitor();
  }

  #start(): void {
    if (this.#timer !== null) return;
    this.#collector.startMonitor();
    this.#timer = setInterval(() => this.#broadcast(), this.#intervalMs);
  }

  #broadcast(): void {
    const data = frame(this.#collector.collect());
    for (const client of this.#clients) {
      // A slow client misses frames instead of piling them up here.
      if (!client.writableNeedDrain && !client.writableEnded) client.write(data);
    }
  }
}

function frame(json: string): string {
  return `data: ${json}\n\n`; // JSON.stringify() leaves no line break in it
}
