// How often a function suspends its context.

import { run } from '../../src/index.ts';
import { currentContext } from '../../src/pool/index.ts';

export function waitsOf<R>(fn: () => R): Promise<{ waits: number; value: R }> {
  return run(() => {
    const value = fn();
    return { waits: currentContext()?.task?.waits ?? 0, value };
  }) as Promise<{ waits: number; value: R }>;
}
