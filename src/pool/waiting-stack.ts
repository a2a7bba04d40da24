// A rejected promise's error carries no frame of the context that waits for it: V8's async traces end
// there. The context's own stack is intact, so it is appended, once per error, and only on rejection.

const appended = new WeakSet<Error>();

/** Adds the frames of the waiting context to `error.stack`, if `error` is an Error with a writable stack. */
export function appendWaitingStack(error: unknown): void {
  if (!(error instanceof Error) || appended.has(error)) return;
  appended.add(error);
  try {
    const stack = captureStack();
    if (typeof stack !== 'string' || typeof error.stack !== 'string') return; // somebody's prepareStackTrace
    const frames = stack
      .split('\n')
      .slice(1)
      .filter((frame) => !isOwnFrame(frame))
      .slice(0, Error.stackTraceLimit);
    const outermost = frames.at(-1);
    // An error made by this very stack has those frames already.
    if (outermost === undefined || error.stack.includes(outermost)) return;
    error.stack += `\n    --- waited for by ---\n${frames.join('\n')}`;
  } catch {
    // A frozen error, or a stack that throws: the error itself matters more.
  }
}

// wait() and what it calls: those frames are left out, and must not use up the limit.
const OWN_FRAMES = 4;

function captureStack(): unknown {
  const limit = Error.stackTraceLimit;
  const here: { stack?: unknown } = {};
  Error.stackTraceLimit = limit + OWN_FRAMES;
  Error.captureStackTrace(here, appendWaitingStack);
  Error.stackTraceLimit = limit;
  return here.stack;
}

const OWN_DIRECTORY = new URL('.', import.meta.url).href;

function isOwnFrame(frame: string): boolean {
  return frame.includes(OWN_DIRECTORY);
}
