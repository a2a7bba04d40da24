// Node's own functions of zlib.

import zlib from 'node:zlib';
import { originalsOf } from '../originals.ts';
import type { AnyFunction } from '../twin.ts';

/** Undefined where this Node has not got one. */
export const originalOf: (name: string) => AnyFunction | undefined = originalsOf(zlib);
