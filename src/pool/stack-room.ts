// A RangeError in the middle of some calls would do harm: half-started work loses its worker, and Node's own lists of
// timers and immediates end in a loop when one of their functions is cut short. Where the stack is nearly full such a call
// is refused before it has done anything.

import { loadBinding } from './binding.ts';
import { smallestStackBytes } from './stack-size.ts';

// Only V8 knows its limit for certain, and to ask it costs 0.4 us. So a stack that is nowhere near any limit is not asked.
const ROOMY_BYTES = smallestStackBytes() / 4;

// Passing them takes 8 KB, and V8 looks first whether they are there.
const ARGUMENTS: readonly number[] = new Array(1024).fill(0);

function ignoreArguments(): void {}

/** In a context. @throws RangeError where the running stack is nearly full. */
export function assertStackRoom(): void {
  if (loadBinding().stackUsed() > ROOMY_BYTES) Reflect.apply(ignoreArguments, undefined, ARGUMENTS);
}
