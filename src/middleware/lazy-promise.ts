// A promise that is made when somebody asks for it, which for the result of Fastify's own then() nobody does.

type Fulfilled = (value: unknown) => unknown;
type Rejected = (error: unknown) => unknown;

export class LazyPromise {
  #state: 'pending' | 'fulfilled' | 'rejected' = 'pending';
  #value: unknown = undefined;
  #promise: Promise<unknown> | null = null;
  #settle: (() => void) | null = null;

  /** Once. */
  settle(failed: boolean, value: unknown): void {
    this.#state = failed ? 'rejected' : 'fulfilled';
    this.#value = value;
    this.#settle?.();
  }

  // biome-ignore lint/suspicious/noThenProperty: a thenable is what it is.
  then(onFulfilled?: Fulfilled | null, onRejected?: Rejected | null): Promise<unknown> {
    this.#promise ??= new Promise((resolve, reject) => {
      this.#settle = () => (this.#state === 'rejected' ? reject(this.#value) : resolve(this.#value));
      if (this.#state !== 'pending') this.#settle();
    });
    return this.#promise.then(onFulfilled, onRejected);
  }
}
