// Checks that options of every kind go through where they come in: bad input gets a clear error at once.

import { InvalidOptionError } from '../errors.ts';

/** `options` must be an object, with whatever keys. */
export function assertObject(options: unknown, what = 'options'): void {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return;
  throw new InvalidOptionError(what, 'an object', options);
}

/** `options` must be an object with keys of `defaults` only. */
export function assertKnownKeys(options: unknown, defaults: object, what = 'options'): void {
  assertObject(options, what);
  for (const key of Object.keys(options as object)) {
    if (!(key in defaults)) throw new InvalidOptionError(what, `made of ${Object.keys(defaults).join(', ')}`, key);
  }
}

/** A copy of `defaults` with what `options` sets; `undefined` sets nothing. */
export function withDefaults<T extends object>(options: Partial<T>, defaults: Readonly<T>): T {
  const set = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(set) };
}

export function assertInteger(option: string, value: unknown, min: number, max: number): void {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return;
  throw new InvalidOptionError(option, `an integer from ${min} to ${max}`, value);
}

export function assertOneOf(option: string, value: unknown, choices: readonly string[]): void {
  if (choices.includes(value as string)) return;
  throw new InvalidOptionError(option, `one of ${choices.map((choice) => `'${choice}'`).join(', ')}`, value);
}

export function assertBoolean(option: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new InvalidOptionError(option, 'true or false', value);
}

export function assertFunction(option: string, value: unknown): void {
  if (typeof value !== 'function') throw new InvalidOptionError(option, 'a function', value);
}
