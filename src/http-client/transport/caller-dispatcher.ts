// The caller's own dispatcher, an undici MockAgent for instance. It may come from another copy of undici, of another
// version, and speak another handler interface.

import type { Dispatcher } from 'undici';

import { InvalidOptionError } from '../../errors.ts';

// What undici 6 and older say to a handler of the interface that came with undici 7: it misses onConnect, onError, …
const OLD_INTERFACE = /^invalid on[A-Z]\w* method$/;

/** @throws `GREEN_ERR_OPT_INVALID` if it is none. */
export function callerDispatcher(option: string, dispatcher: unknown): Dispatcher {
  if (!isDispatcher(dispatcher)) {
    throw new InvalidOptionError(option, 'an undici Dispatcher, such as an Agent or a MockAgent', dispatcher);
  }
  return new CheckedDispatcher(option, dispatcher) as unknown as Dispatcher;
}

export function isDispatcher(value: unknown): value is Dispatcher {
  return typeof (value as { dispatch?: unknown } | null | undefined)?.dispatch === 'function';
}

class CheckedDispatcher {
  readonly #option: string;
  readonly #dispatcher: Dispatcher;

  constructor(option: string, dispatcher: Dispatcher) {
    this.#option = option;
    this.#dispatcher = dispatcher;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    try {
      return this.#dispatcher.dispatch(options, handler);
    } catch (error) {
      if (!(error instanceof Error) || !OLD_INTERFACE.test(error.message)) throw error;
      const refusal = new InvalidOptionError(
        this.#option,
        "a Dispatcher of undici 7 or newer; it is an older version's",
      );
      refusal.cause = error;
      throw refusal;
    }
  }
}
