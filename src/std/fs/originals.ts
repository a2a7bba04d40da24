// Node's own functions, looked up when they are asked for; of a green one, what it stands for. What the green ones are made
// of calls these only.

import fs from 'node:fs';

import { type AnyFunction, ORIGINAL } from '../twin.ts';

/** A function of node:fs as Node made it; undefined where this Node, or this system, has none of that name. */
export function originalOf(name: string): AnyFunction | undefined {
  const found: unknown = (fs as unknown as Record<string, unknown>)[name];
  if (typeof found !== 'function') return undefined;
  return ((found as { [ORIGINAL]?: AnyFunction })[ORIGINAL] ?? found) as AnyFunction;
}

export const statSync: typeof fs.statSync = originalOf('statSync') as typeof fs.statSync;
export const lstatSync: typeof fs.lstatSync = originalOf('lstatSync') as typeof fs.lstatSync;
export const fstatSync: typeof fs.fstatSync = originalOf('fstatSync') as typeof fs.fstatSync;
export const openSync: typeof fs.openSync = originalOf('openSync') as typeof fs.openSync;
export const closeSync: typeof fs.closeSync = originalOf('closeSync') as typeof fs.closeSync;
export const readSync: typeof fs.readSync = originalOf('readSync') as typeof fs.readSync;
