// A rejected promise's error carries no frame of the context that waits for it: V8's async traces end
// there. The context's own stack is intact, so it is appended, once per error, and only on rejection.

import { userFrames } from './user-frames.ts';

const appended = new WeakSet<Error>();

/** Adds the frames of the waiting context to `error.stack`, if `error` is an Error with a writable stack. */
export function appendWaitingStack(error: unknown): void {
  try {
    if (!(error instanceof Error) || appended.has(error)) return;
    appended.add(error);
    const frames = userFrames(Error.stackTraceLimit);
    const outermost = frames.at(-1);
    // An error made by this very stack has those frames already.
    if (outermost === undefined || typeof error.stack !== 'string' || error.stack.includes(outermost)) return;
    error.stack += `\n    --- waited for by ---\n${frames.join('\n')}`;
  } catch {
    // A frozen error, a revoked proxy, or a stack that throws: the error itself matters more.
  }
}
