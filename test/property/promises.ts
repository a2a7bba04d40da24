// Promises that tests settle by hand.

export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** A promise whose rejection needs no handler. */
export function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}

export type Then = (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void;

/** An object with nothing but this `then`. */
export function thenable(then: Then): PromiseLike<unknown> {
  return { then } as unknown as PromiseLike<unknown>;
}
