// What is filled into a URL: names in its path, and its query.

import { toUSVString } from 'node:util';

import { isScalar } from './bodies/form.ts';
import { InvalidRequestError } from './http-errors.ts';

type HttpParam = string | number | boolean | bigint | null | undefined;

/** `null` and `undefined` are left out; an array repeats the name. */
export type HttpParams = Readonly<Record<string, HttpParam | readonly HttpParam[]>> | URLSearchParams;

/** Values for the `{name}`s in a URL's path. */
export type HttpPathParams = Readonly<Record<string, string | number | bigint | boolean>>;

const PLACEHOLDER = /\{([\w-]+)\}/g;

export function searchOf(params: HttpParams): URLSearchParams {
  if (params instanceof URLSearchParams) return params;
  if (typeof params !== 'object' || params === null || Symbol.iterator in params) {
    throw new InvalidRequestError('params', 'a plain object or URLSearchParams');
  }
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    const values = Array.isArray(value) ? (value as readonly unknown[]) : [value];
    for (const one of values) {
      if (one === null || one === undefined) continue;
      if (!isScalar(one)) {
        throw new InvalidRequestError('Each of params', 'a string, number, boolean, bigint, or an array of them');
      }
      search.append(name, String(one));
    }
  }
  return search;
}

/** `base` with the names of `extra` replaced; a null there takes a name out. */
export function mergeParams(base: URLSearchParams | null, extra: HttpParams | undefined): URLSearchParams | null {
  if (extra === undefined) return base;
  const added = searchOf(extra);
  if (base === null) return added;
  const merged = new URLSearchParams(base);
  const names = extra instanceof URLSearchParams ? added.keys() : Object.keys(extra);
  for (const name of [...names]) merged.delete(name);
  for (const [name, value] of added) merged.append(name, value);
  return merged;
}

export function withParams(path: string, params: URLSearchParams | null): string {
  const query = params === null ? '' : params.toString();
  if (query === '') return path;
  if (!path.includes('?')) return `${path}?${query}`;
  return path.endsWith('?') || path.endsWith('&') ? path + query : `${path}&${query}`;
}

/** Each value fills one segment, or a part of one: a slash in it is escaped. */
export function fillPath(url: string, values: HttpPathParams): string {
  if (typeof values !== 'object' || values === null) throw new InvalidRequestError('path', 'a plain object');
  const unused = new Set(Object.keys(values));
  const filled = url.replace(PLACEHOLDER, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    unused.delete(name);
    const text = isScalar(value) ? encodeURIComponent(toUSVString(String(value))) : '';
    if (text === '') throw new InvalidRequestError('path', `an object with a string or number for {${name}}`);
    // The URL parser would take them for a step up, escaped or not.
    if (text === '.' || text === '..') throw new InvalidRequestError('path', `without a dot segment for {${name}}`);
    return text;
  });
  for (const name of unused) throw new InvalidRequestError('url', `one with {${name}}, for which path has a value`);
  return filled;
}
