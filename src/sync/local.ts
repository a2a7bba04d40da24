// Values that every task has of its own. After Python's threading.local, as greenletio has it. Unlike AsyncLocalStorage it
// does not follow into what a task spawns.

import { InvalidOptionError } from '../errors.ts';
import { assertFunction, currentContext, type Held, type Holder } from '../pool/index.ts';
import { hold } from './guard.ts';

// Code outside every context shares one value.
const OUTSIDE: object = {};

/**
 * A variable with a value for every task, and one for all code outside contexts. A task's value is made when the task
 * first asks for it, and freed when the task ends. Nothing here suspends, except what `initial` does.
 *
 * @example
 * ```ts
 * import { Local } from 'greenroom/sync';
 *
 * const user = new Local(() => 'nobody');
 * function handler(request) {
 *   user.value = request.user; // seen by this request alone
 * }
 * ```
 * @see docs/sync.md
 */
export class Local<T> implements Held {
  readonly #values = new WeakMap<object, { value: T }>();
  readonly #initial: (() => T) | undefined;

  /** @param initial - makes the value of a task that has not set one; undefined, unless given. */
  constructor(initial?: () => T) {
    if (initial !== undefined) assertFunction('initial', initial);
    this.#initial = initial;
  }

  /** The caller's own value. Reading it makes it, if there is none; what `initial` throws is thrown, each time. */
  get value(): T {
    const known = this.#values.get(owner());
    if (known !== undefined) return known.value;
    const value = this.initial();
    this.value = value;
    return value;
  }

  set value(value: T) {
    this.#values.set(owner(), { value });
    const task = currentContext()?.task ?? null;
    if (task !== null) hold(task, this);
  }

  /** Whether the caller has a value. Makes none. */
  get isSet(): boolean {
    return this.#values.has(owner());
  }

  /** Forgets the caller's value; the next one who reads it gets a new one. Returns whether there was one. */
  delete(): boolean {
    return this.#values.delete(owner());
  }

  /** Makes the value of a task that has not set one. A subclass may have its own. */
  protected initial(): T {
    return this.#initial?.() as T;
  }

  /** @internal */
  leftBy(task: Holder): void {
    this.#values.delete(task);
  }

  /**
   * An object whose properties every task has for itself: what a subclass of Python's `threading.local` is. `create` is
   * called once for each task that touches the object, as `__init__` is there, and what it returns is what the task sees.
   * A class with `#private` members does not work here: methods are called on the shared object. That cannot be frozen.
   *
   * @param create - returns a new object every time.
   * @throws `GREEN_ERR_OPT_INVALID` when `create` is not a function; when touched, if it returned no object.
   * @example
   * ```ts
   * import { Local } from 'greenroom/sync';
   *
   * class Settings {
   *   constructor(level) {
   *     this.level = level;
   *   }
   * }
   * const settings = Local.object(() => new Settings('info'));
   * settings.level = 'debug'; // in this task
   * ```
   */
  static object<O extends object>(create: () => O): O {
    assertFunction('create', create);
    const local = new Local(create);
    const own = (): O => {
      const object = local.value;
      if (typeof object === 'object' && object !== null) return object;
      local.delete();
      throw new InvalidOptionError('create', 'a function that returns an object', object);
    };
    return new Proxy({} as O, {
      get: (_shared, key, receiver) => Reflect.get(own(), key, receiver),
      // Not by way of the receiver, which is the shared object.
      set: (_shared, key, value) => Reflect.set(own(), key, value),
      has: (_shared, key) => Reflect.has(own(), key),
      deleteProperty: (_shared, key) => Reflect.deleteProperty(own(), key),
      ownKeys: () => Reflect.ownKeys(own()),
      getPrototypeOf: () => Reflect.getPrototypeOf(own()),
      setPrototypeOf: (_shared, prototype) => Reflect.setPrototypeOf(own(), prototype),
      // Else the shared object would be what is frozen, and a proxy of that may say of nobody's own what it has.
      preventExtensions: () => false,
      getOwnPropertyDescriptor: (_shared, key) => {
        const descriptor = Reflect.getOwnPropertyDescriptor(own(), key);
        // The shared object has no such property, and a proxy may not say that it is fixed.
        return descriptor === undefined ? undefined : { ...descriptor, configurable: true };
      },
      defineProperty: (_shared, key, descriptor) =>
        Reflect.defineProperty(own(), key, { ...descriptor, configurable: true }),
    });
  }
}

function owner(): object {
  return currentContext()?.task ?? OUTSIDE;
}
