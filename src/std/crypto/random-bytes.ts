// Random bytes in quantity. A few of them, as for a token, come quicker than any other thread could be told to.

import { isAnyArrayBuffer } from 'node:util/types';

import { bytesOf, type Computation, type Planner } from '../cpu-twin.ts';
import { knownOriginal } from './originals.ts';
import { calling, orOriginal } from './slow-functions.ts';

const MAX_BYTES = 2 ** 31 - 1;

export function randomPlanners(minBytes: number): Readonly<Record<string, Planner>> {
  return {
    randomBytes: ([size, callback]) => {
      if (callback !== undefined || !Number.isInteger(size)) return null;
      return (size as number) < minBytes || (size as number) > MAX_BYTES ? null : calling('randomBytes', [size]);
    },
    randomFillSync: (args) => planFill(args, minBytes),
  };
}

// Offset and size count elements, and the asynchronous way has defaults of its own: they are worked out here.
function planFill([target, offset = 0, given]: readonly unknown[], minBytes: number): Computation | null {
  const bytes = bytesOf(target);
  if (typeof target !== 'object' || bytes < minBytes || bytes > MAX_BYTES) return null;
  const width = isAnyArrayBuffer(target) ? 1 : ((target as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1);
  const length = bytes / width;
  const size = given ?? (typeof offset === 'number' ? length - offset : undefined);
  if (!isCount(offset) || !isCount(size) || offset + size > length || size * width < minBytes) return null;
  const randomFill = knownOriginal('randomFill');
  return { begin: (done) => randomFill(target, offset, size, orOriginal(done)), lingers: true };
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}
