// Idle contexts, shared by every pool and spawn() of this environment: a stack costs memory and its V8
// thread state costs time to make, so the last one used, whose pages are warm, is used next.
//
// Now and then a sweep gives back what has not been needed since the one before: contexts above a floor, and the stack
// pages of deep calls. Its timer runs only while there is something to give back, and keeps no process alive.

import { installAsyncScope } from './async-scope.ts';
import { loadBinding } from './binding.ts';
import './dump-signal.ts';
import { GreenContext, inContext } from './green-context.ts';
import { installHazardGuards } from './hazard-guards.ts';
import { setBackgroundTimer } from './no-stores.ts';
import { assertMayStart } from './no-suspend.ts';
import { assertStackRoom } from './stack-room.ts';

// Enough for ten pools of the default size; about 13 KB resident each.
const MAX_IDLE_CONTEXTS = 1000;

// Kept however long nothing happens: what a request or two may need at once.
const MIN_IDLE_CONTEXTS = 16;

// Longer than the pauses within a burst of requests, short beside the minutes in which an operator watches memory.
const SWEEP_INTERVAL_MS = 10_000;

const idle: GreenContext[] = [];
let prepared = false;
let sweepTimer: NodeJS.Timeout | null = null;
// The fewest idle contexts there have been since the last sweep: so many were not needed.
let notNeeded = 0;

/**
 * @throws `GREEN_ERR_ADDON_UNSUPPORTED`, `GREEN_ERR_POOL_NO_STACK`, `GREEN_ERR_WAIT_FORBIDDEN`; a RangeError where the
 * caller's stack is full.
 */
export function acquireContext(): GreenContext {
  assertMayStart();
  if (inContext()) assertStackRoom();
  const context = idle.pop();
  if (context !== undefined) {
    if (idle.length < notNeeded) notNeeded = idle.length;
    return context;
  }
  if (!prepared) prepare();
  return new GreenContext();
}

export function releaseContext(context: GreenContext): void {
  if (idle.length >= MAX_IDLE_CONTEXTS) {
    context.release();
    return;
  }
  idle.push(context);
  if (sweepTimer === null) armSweep();
}

/** How many contexts are idle. For tests. */
export function idleContextCount(): number {
  return idle.length;
}

/** What the timer does. Called by tests, which have no time to wait. */
export function sweepIdleContexts(): void {
  // Those below the mark have been idle since the last sweep, which has trimmed them.
  for (const context of idle.slice(notNeeded)) context.trim();
  const surplus = Math.max(0, Math.min(notNeeded, idle.length - MIN_IDLE_CONTEXTS));
  for (const context of idle.splice(0, surplus)) context.release();
  notNeeded = idle.length;
  if (sweepTimer !== null) clearTimeout(sweepTimer);
  sweepTimer = null;
  if (idle.length > MIN_IDLE_CONTEXTS) armSweep();
}

function armSweep(): void {
  sweepTimer = setBackgroundTimer(sweepIdleContexts, SWEEP_INTERVAL_MS);
}

// On first use, so that a process that only imports greenroom is left as it was.
function prepare(): void {
  loadBinding();
  installHazardGuards();
  installAsyncScope();
  prepared = true;
}
