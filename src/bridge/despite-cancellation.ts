// Waiting for clean-up to end although a cancellation comes meanwhile: that is told once at first, and who is told must not
// leave before those it has cancelled itself.

import { CancelledError } from '../errors.ts';
import type { CancelScope } from '../pool/index.ts';

/**
 * Calls `waitForEnd`, again if a cancellation ends it, and throws that when it is over; of several the outermost. Once
 * clean-up has had its time every wait throws, and then this does at once.
 */
export function despiteCancellation(waitForEnd: () => void): void {
  let heard: { readonly error: unknown; readonly scope: CancelScope } | null = null;
  for (let over = false; !over; ) {
    try {
      waitForEnd();
      over = true;
    } catch (error) {
      const scope = CancelledError.scopeOf(error) as CancelScope | undefined;
      if (scope === undefined) throw error;
      if (heard === null || encloses(scope, heard.scope)) heard = { error, scope };
      over = scope.insistent;
    }
  }
  if (heard !== null) throw heard.error;
}

function encloses(scope: CancelScope, inner: CancelScope): boolean {
  for (let outer = inner.outer; outer !== null; outer = outer.outer) if (outer === scope) return true;
  return false;
}
