// Stack frames as users want to see them: without those of this folder.

import { fileURLToPath } from 'node:url';

// Frames of modules show a URL, or a path where a bundler or a test runner has loaded them.
const OWN_URL = new URL('.', import.meta.url).href;
const OWN_PATH = fileURLToPath(OWN_URL);

// wait(), and what it calls: they must not use up the limit.
const OWN_FRAMES = 6;

/**
 * Up to `limit` frames of the running stack, innermost first, each a line of `error.stack`. Never throws: a dump calls it
 * on the stacks of waiting contexts, which know nothing of that.
 */
export function userFrames(limit: number): string[] {
  const stack = capturedStack(limit + OWN_FRAMES);
  if (typeof stack !== 'string') return [];
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '));
  const first = frames.findIndex((frame) => !isOwn(frame) && !frame.includes('(<anonymous>)'));
  // Built-ins that our own code called go with it; those that the user's code called stay.
  const innermost = frames.slice(0, Math.max(0, first)).findLastIndex(isOwn) + 1;
  return frames
    .slice(innermost)
    .filter((frame) => !isOwn(frame))
    .slice(0, limit);
}

/** Not a string, if somebody's Error.prepareStackTrace makes it something else, or throws. */
function capturedStack(limit: number): unknown {
  const before = Error.stackTraceLimit;
  const here: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = limit;
    Error.captureStackTrace(here, userFrames);
    return here.stack;
  } catch {
    return undefined;
  } finally {
    Error.stackTraceLimit = before;
  }
}

function isOwn(line: string): boolean {
  return line.includes(OWN_URL) || line.includes(OWN_PATH);
}
