// Node's own functions of zlib.

import zlib from 'node:zlib';

import type { AnyFunction } from '../cpu-twin.ts';
import { originalsOf } from '../originals.ts';

/** Undefined where this Node has not got one. */
export const originalOf: (name: string) => AnyFunction | undefined = originalsOf(zlib);
