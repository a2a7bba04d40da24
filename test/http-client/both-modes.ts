// Runs one test for a green client and for one of promises: what they answer must not differ.

import { onTestFinished, test } from 'vitest';

import { HttpClient, type HttpClientOptions, type HttpResponse } from '../../src/http-client/index.ts';
import { run } from '../../src/pool/index.ts';

type Call<T> = (client: HttpClient<boolean>) => T | Promise<T>;

/** Makes one call on a client with `options`, and gives what it returns or throws. */
export type Ask = <T = HttpResponse>(call: Call<T>, options?: HttpClientOptions) => Promise<T>;

export function inBothModes(title: string, body: (ask: Ask) => Promise<void>): void {
  for (const green of [true, false]) {
    test(`${title} [${green ? 'green' : 'promises'}]`, () => body((call, options) => ask(green, call, options)));
  }
}

async function ask<T>(green: boolean, call: Call<T>, options: HttpClientOptions = {}): Promise<T> {
  const client: HttpClient<boolean> = new HttpClient({ ...options, green });
  onTestFinished(() => client.close());
  return green ? ((await run(() => call(client))) as T) : call(client);
}

/** What `promise` rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<Record<string, unknown> & Error> {
  try {
    await promise;
  } catch (error) {
    return error as Record<string, unknown> & Error;
  }
  throw new Error('The call did not fail');
}
