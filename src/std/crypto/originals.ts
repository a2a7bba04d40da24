// Node's own functions of crypto.

import crypto from 'node:crypto';

import type { AnyFunction } from '../cpu-twin.ts';
import { originalsOf } from '../originals.ts';

/** Undefined where this Node has not got one. */
export const originalOf: (name: string) => AnyFunction | undefined = originalsOf(crypto);

/** For what every Node has. */
export function knownOriginal(name: string): AnyFunction {
  return originalOf(name) as AnyFunction;
}
