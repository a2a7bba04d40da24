// Node's own functions of crypto.

import crypto from 'node:crypto';
import { originalsOf } from '../originals.ts';
import type { AnyFunction } from '../twin.ts';

/** Undefined where this Node has not got one. */
export const originalOf: (name: string) => AnyFunction | undefined = originalsOf(crypto);

/** For what every Node has. */
export function knownOriginal(name: string): AnyFunction {
  return originalOf(name) as AnyFunction;
}
