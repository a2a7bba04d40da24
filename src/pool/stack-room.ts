// A RangeError in the middle of some calls would do harm: half-started work loses its worker, and Node's own lists of
// timers and immediates end in a loop when one of their functions is cut short. Where the stack is nearly full such a call
// is refused before it has done anything.

// Passing them takes 8 KB, and V8 looks first whether they are there: about 0.4 us.
const ARGUMENTS: readonly number[] = new Array(1024).fill(0);

function ignoreArguments(): void {}

/** @throws RangeError where the running stack is nearly full. */
export function assertStackRoom(): void {
  Reflect.apply(ignoreArguments, undefined, ARGUMENTS);
}
