// Runs one test over a route, for a green client and for one of promises.

import { onTestFinished, test } from 'vitest';

import {
  HttpClient,
  type HttpClientOptions,
  type HttpIteration,
  type HttpResponse,
} from '../../../src/http-client/index.ts';
import { run } from '../../../src/pool/index.ts';
import type { Route, Site } from './routes.ts';

/** A client of a site, whose URLs can be relative. */
export interface Session {
  readonly green: boolean;
  readonly client: HttpClient<boolean>;
  /** What a call returns or throws; in a context of its own if the client is green. */
  ask<T = HttpResponse>(call: (client: HttpClient<boolean>) => T | Promise<T>): Promise<T>;
  /** All items of an iteration. */
  collect<T>(iterate: () => HttpIteration<boolean, T>): Promise<T[]>;
}

export interface Visit {
  readonly site: Site;
  /** A new client, with options over those that the route needs. */
  open(options?: HttpClientOptions): Session;
}

/** Declares a test. */
export type Declare = (title: string, body: (visit: Visit) => Promise<void>) => void;

/** Declares a group's tests over `route`. */
export function over(route: Route, ...groups: readonly ((it: Declare) => void)[]): void {
  for (const group of groups) {
    group((title, body) => {
      for (const green of [true, false]) {
        test(`${title} [${green ? 'green' : 'promises'}]`, async () => {
          const site = await route();
          await body({
            site,
            open: (options) => openSession(green, { baseUrl: site.url, ...site.options, ...options }),
          });
        });
      }
    });
  }
}

function openSession(green: boolean, options: HttpClientOptions): Session {
  const client: HttpClient<boolean> = new HttpClient({ ...options, green });
  onTestFinished(() => client.close());
  const ask: Session['ask'] = async <T>(call: (client: HttpClient<boolean>) => T | Promise<T>): Promise<T> =>
    green ? ((await run(() => call(client))) as T) : await call(client);
  return {
    green,
    client,
    ask,
    collect: <T>(iterate: () => HttpIteration<boolean, T>): Promise<T[]> =>
      ask((): T[] | Promise<T[]> => {
        const iteration = iterate();
        return Symbol.asyncIterator in iteration ? gather(iteration) : [...iteration];
      }),
  };
}

async function gather<T>(iteration: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iteration) items.push(item);
  return items;
}
