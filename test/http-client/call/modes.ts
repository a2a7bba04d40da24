// Runs one test for each kind of client, where several calls share a client; both-modes.ts has one client a call.

import { onTestFinished, test } from 'vitest';

import { HttpClient, type HttpClientOptions } from '../../../src/http-client/index.ts';
import { run } from '../../../src/pool/index.ts';

export interface Mode {
  readonly green: boolean;
  /** Closed after the test. */
  newClient(options?: HttpClientOptions): HttpClient<boolean>;
  /** In a context of its own, or not. */
  call<T>(fn: () => T): Promise<Awaited<T>>;
}

export function inEachMode(title: string, body: (mode: Mode) => Promise<void>): void {
  test(`${title} [green]`, () => body({ green: true, newClient: newGreenClient, call: (fn) => run(fn) }));
  test(`${title} [promises]`, () => body({ green: false, newClient: newAsyncClient, call: callAsync }));
}

export function newGreenClient(options: HttpClientOptions = {}): HttpClient<true> {
  return closedAfterwards(new HttpClient({ ...options, green: true }));
}

export function newAsyncClient(options: HttpClientOptions = {}): HttpClient<false> {
  return closedAfterwards(new HttpClient({ ...options, green: false }));
}

/** A turn of the event loop after the other, until it is so. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

async function callAsync<T>(fn: () => T): Promise<Awaited<T>> {
  return await fn();
}

function closedAfterwards<Client extends HttpClient<boolean>>(client: Client): Client {
  onTestFinished(() => client.close());
  return client;
}
