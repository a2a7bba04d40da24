// A rejected promise's error carries no frame of the context that waits for it: V8's async traces end
// there. The context's own stack is intact, so it is appended, once per error, and only on rejection.

const appended = new WeakSet<Error>();

/** Adds the frames of the waiting context to `error.stack`, if `error` is an Error with a writable stack. */
export function appendWaitingStack(error: unknown): void {
  if (!(error instanceof Error) || appended.has(error)) return;
  appended.add(error);
  try {
    const here: { stack?: unknown } = {};
    Error.captureStackTrace(here, appendWaitingStack);
    const { stack } = here;
    if (typeof stack !== 'string' || typeof error.stack !== 'string') return; // somebody's prepareStackTrace
    const frames = stack
      .split('\n')
      .slice(1)
      .filter((frame) => !isOwnFrame(frame));
    if (frames.length > 0) error.stack += `\n    --- waited for by ---\n${frames.join('\n')}`;
  } catch {
    // A frozen error, or a stack that throws: the error itself matters more.
  }
}

const OWN_DIRECTORY = new URL('.', import.meta.url).href;

function isOwnFrame(frame: string): boolean {
  return frame.includes(OWN_DIRECTORY);
}
