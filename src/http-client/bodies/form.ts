// application/x-www-form-urlencoded.

import { InvalidRequestError } from '../http-errors.ts';

export type HttpFormValue = string | number | boolean | bigint | null | undefined;

/** `null` and `undefined` are left out; an array repeats the name. Pairs keep their order. */
export type HttpForm =
  | Readonly<Record<string, HttpFormValue | readonly HttpFormValue[]>>
  | URLSearchParams
  | Iterable<readonly [string, HttpFormValue]>;

export const FORM_TYPE = 'application/x-www-form-urlencoded';

/** @throws `GREEN_ERR_OPT_INVALID` */
export function formText(form: HttpForm): string {
  if (form instanceof URLSearchParams) return form.toString();
  const search = new URLSearchParams();
  for (const [name, value] of pairsOf('form', form)) {
    if (isScalar(value)) search.append(name, String(value));
    else throw new InvalidRequestError('Each value of form', 'a string, number, boolean, bigint, or an array of them');
  }
  return search.toString();
}

/** Every name with every value it has. Leaves out null and undefined. */
export function pairsOf(option: string, input: unknown): [name: string, value: unknown][] {
  const pairs: [string, unknown][] = [];
  for (const pair of entriesOf(option, input)) {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') throw notPairs(option);
    const [name, value] = pair as [string, unknown];
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined) pairs.push([name, one]);
    }
  }
  return pairs;
}

export function isScalar(value: unknown): value is string | number | boolean | bigint {
  return ['string', 'number', 'boolean', 'bigint'].includes(typeof value);
}

// Only plain objects: the members of an instance of some class are hardly meant to be sent.
function entriesOf(option: string, input: unknown): Iterable<unknown> {
  if (typeof input !== 'object' || input === null) throw notPairs(option);
  if (Symbol.iterator in input) return input as Iterable<unknown>;
  const prototype: unknown = Object.getPrototypeOf(input);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw notPairs(option);
  return Object.entries(input);
}

function notPairs(option: string): InvalidRequestError {
  return new InvalidRequestError(option, 'a plain object, or pairs of a name and a value');
}
