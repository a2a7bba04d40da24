// What the suites do with an answer in both modes: a green client gives values, the other one promises of them.

import type { HttpClient } from '../../../src/http-client/index.ts';

type Answer<T> = T | Promise<T>;

/** `next` of the answer. In green mode it runs in the context, at once. */
export function follow<T, R>(answer: Answer<T>, next: (value: T) => Answer<R>): Answer<R> {
  return answer instanceof Promise ? answer.then(next) : next(answer);
}

/** Everything that a sync or async iterator gives. */
export function collect<T>(items: Iterable<T> | AsyncIterable<T>): Answer<T[]> {
  return Symbol.asyncIterator in items ? collectAsync(items) : [...items];
}

async function collectAsync<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** One call after the other, by one client. */
export function inTurn<T>(client: HttpClient<boolean>, ...calls: (() => Answer<T>)[]): Answer<T[]> {
  return client.green ? calls.map((call) => call() as T) : inTurnAsync(calls);
}

async function inTurnAsync<T>(calls: (() => Answer<T>)[]): Promise<T[]> {
  const all: T[] = [];
  for (const call of calls) all.push(await call());
  return all;
}
