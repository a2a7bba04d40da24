// Twins of functions that compute: on a thread of libuv's pool, in their turn.

import { isAnyArrayBuffer } from 'node:util/types';

import { cpuLimiter } from './cpu-limiter.ts';
import { type AnyFunction, ORIGINAL, type Settle, twinOf } from './twin.ts';

/** As of `privateKeyEncoding: { passphrase }`. */
const OPTIONS_DEPTH = 2;

export interface Computation {
  /** Starts it. What it throws, or a value ORIGINAL, has the original called, which then throws what is right. */
  readonly begin: (done: Settle) => void;
  /** Whether it writes to memory of the caller's, who must then not go on before its end. */
  readonly lingers?: boolean;
}

/** Null when the original is to be called: it is quicker, or knows better what is wrong with the arguments. */
export type Planner = (args: readonly unknown[], self: unknown) => Computation | null;

/** The green twin of `original`, whose calls `plan` plans. */
export function cpuTwin<F extends AnyFunction>(original: F, plan: Planner): F {
  let planned: Computation | null = null; // from pays() to lingers() and start(), which nothing comes between
  return twinOf(original, {
    pays: (args, self) => {
      planned = plan(args, self);
      return planned !== null;
    },
    lingers: () => planned?.lingers === true,
    start: (_args, _self, settle) => {
      const { begin } = planned as Computation;
      planned = null; // or it would keep the last call's data
      return startInTurn(begin, settle);
    },
  });
}

function startInTurn(begin: Computation['begin'], settle: Settle): () => void {
  let begun = false;
  const leaveQueue = cpuLimiter.enter((leave) => {
    begun = true;
    const done: Settle = (error, value) => {
      leave();
      settle(error, value);
    };
    try {
      begin(done);
    } catch {
      done(null, ORIGINAL); // arguments that the asynchronous function refuses: nothing has begun
    }
  });
  return () => {
    if (begun) return;
    leaveQueue();
    settle(null);
  };
}

/** How many bytes `value` has, or about so many if it is text; -1 if it is neither, or could shrink while it is read. */
export function bytesOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (ArrayBuffer.isView(value)) return isFixed(value.buffer) ? value.byteLength : -1;
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return isFixed(value) ? value.byteLength : -1;
  return -1;
}

/**
 * `value` for work that may have to wait for its turn: Node copies what it is given when it starts, so what waits must be
 * copied before, or another context could change it, be it a password in a buffer that all use. So are options, and those
 * within them; whatever else is no bytes stays.
 */
export function asGivenNow(value: unknown): unknown {
  return cpuLimiter.full ? copyOf(value, OPTIONS_DEPTH) : value;
}

function copyOf(value: unknown, depth: number): unknown {
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return byteLength === 0 ? value : Buffer.from(Buffer.from(buffer, byteOffset, byteLength));
  }
  if (isAnyArrayBuffer(value)) return value.byteLength === 0 ? value : Buffer.from(Buffer.from(value));
  if (depth === 0 || !isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyOf(member, depth - 1)]));
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isFixed(buffer: ArrayBufferLike): boolean {
  return (buffer as { resizable?: boolean }).resizable !== true;
}
