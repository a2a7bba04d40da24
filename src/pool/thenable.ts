// What `await` would wait for.

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/** What `await` calls, whatever `then` a promise has of its own. */
export const promiseThen: typeof Promise.prototype.then = Promise.prototype.then;

/** Whether awaiting `value` would do no more than take its outcome: no subclass, no `then` of its own. */
export function isPlainPromise(value: PromiseLike<unknown>): boolean {
  return value.then === promiseThen && value.constructor === Promise;
}
