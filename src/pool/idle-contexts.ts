// Idle contexts, shared by every pool and spawn() of this environment: a stack costs memory and its V8
// thread state costs time to make, so the last one used, whose pages are warm, is used next.

import { installAsyncScope } from './async-scope.ts';
import { loadBinding } from './binding.ts';
import { GreenContext } from './green-context.ts';
import { installHazardGuards } from './hazard-guards.ts';
import { assertMayStart } from './no-suspend.ts';

// Enough for ten pools of the default size; about 13 KB resident each.
const MAX_IDLE_CONTEXTS = 1000;

const idle: GreenContext[] = [];
let prepared = false;

/** @throws `GREEN_ERR_ADDON_UNSUPPORTED`, `GREEN_ERR_POOL_NO_STACK`, `GREEN_ERR_WAIT_FORBIDDEN` */
export function acquireContext(): GreenContext {
  assertMayStart();
  const context = idle.pop();
  if (context !== undefined) return context;
  if (!prepared) prepare();
  return new GreenContext();
}

export function releaseContext(context: GreenContext): void {
  if (idle.length < MAX_IDLE_CONTEXTS) idle.push(context);
  else context.release();
}

// On first use, so that a process that only imports greenroom is left as it was.
function prepare(): void {
  loadBinding();
  installHazardGuards();
  installAsyncScope();
  prepared = true;
}
