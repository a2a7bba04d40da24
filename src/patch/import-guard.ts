// While import() looks for a module and reads it, which Node does with the public functions of `fs`, nothing suspends: its
// loader does not expect anybody else to run in the middle. From Node 22 on; before, only `realpathSync()` is called there,
// and two calls may well be in the middle of that. What require() does is a region of its own: see src/pool/hazard-guards.ts.

import diagnosticsChannel from 'node:diagnostics_channel';

import { currentContext } from '../pool/index.ts';

/** How many calls of import() a context is in whose beginning was seen: a patch may be made in one. */
const importing = new WeakMap<object, number>();
let guarded = false;

/** From the first patch on, for good: what it costs an import() does not show. */
export function guardImports(): void {
  if (guarded) return;
  guarded = true;
  diagnosticsChannel.subscribe('tracing:module.import:start', () => {
    const context = currentContext();
    if (context === null) return;
    importing.set(context, (importing.get(context) ?? 0) + 1);
    context.blockingDepth++;
  });
  diagnosticsChannel.subscribe('tracing:module.import:end', () => {
    const context = currentContext();
    const depth = context === null ? 0 : (importing.get(context) ?? 0);
    if (context === null || depth === 0) return;
    importing.set(context, depth - 1);
    context.blockingDepth--;
  });
}
