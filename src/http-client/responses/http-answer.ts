// What depends on the kind of client: values from a green one, promises from the other.

/** What a call returns: the value itself from a green client, else a promise of it. */
export type HttpAnswer<Green extends boolean, T> = Green extends true ? T : Promise<T>;

/** What a streamed body is read with: `for (… of …)` from a green client, else `for await (… of …)`. */
export type HttpIteration<Green extends boolean, T> = Green extends true
  ? Generator<T, void, undefined>
  : AsyncGenerator<T, void, undefined>;
