// The contexts that a snapshot shows. Reading a stack means visiting it, 0.04 to 0.1 ms each with nothing else running: so
// there is a limit to how many, and visits are rationed by what the last ones took.

import { type ContextDump, type ContextEntry, dumpContexts, type GreenPool } from '../../pool/index.ts';

/** A busy context; see ContextEntry. */
export interface StatusContext extends Omit<ContextEntry, 'stack'> {
  /** Index into `stacks`: many contexts wait in the same place. */
  readonly stack: number;
}

export interface ContextSample {
  /** Unix time in milliseconds: older than the snapshot if another visit would have cost too much. */
  readonly takenAt: number;
  /** How long it held the event loop. */
  readonly tookMs: number;
  /** Those longest in their state first. */
  readonly contexts: readonly StatusContext[];
  readonly stacks: readonly (readonly string[])[];
  readonly counts: { readonly running: number; readonly waiting: number; readonly idle: number };
  /** How many busy contexts are not shown. */
  readonly omitted: number;
  /** What the pools' dumps show to be wrong, in words. */
  readonly findings: readonly string[];
}

const MAX_SHOWN = 200;
/** Visits take at most a twentieth of the event loop's time. */
const REST_FACTOR = 19;

export class ContextSampler {
  #last: ContextSample | null = null;
  #restUntilMs = 0;

  sample(pools: readonly GreenPool[]): ContextSample {
    const startedAtMs = performance.now();
    if (this.#last !== null && startedAtMs < this.#restUntilMs) return this.#last;
    const visited = shown(dumpContexts({ limit: MAX_SHOWN }));
    const findings = pools.flatMap((pool) => pool.dump({ limit: 0 }).findings);
    const tookMs = performance.now() - startedAtMs;
    this.#restUntilMs = startedAtMs + tookMs * (1 + REST_FACTOR);
    this.#last = { ...visited, takenAt: Date.now(), tookMs, findings };
    return this.#last;
  }
}

function shown({ contexts: entries, omitted }: ContextDump): Omit<ContextSample, 'takenAt' | 'tookMs' | 'findings'> {
  const counts = { running: 0, waiting: 0, idle: 0 };
  for (const { state } of entries) counts[state]++;
  // Busy ones come first: what was left out next to an idle one is idle too.
  if (counts.idle > 0) counts.idle += omitted;
  else counts.waiting += omitted;
  const busy = entries.filter(({ state }) => state !== 'idle').sort((a, b) => b.stateMs - a.stateMs);
  const indexes = new Map<string, number>();
  const stacks: (readonly string[])[] = [];
  const contexts = busy.map(({ stack, ...entry }) => {
    const key = stack.join('\n');
    const index = indexes.get(key) ?? stacks.push(stack) - 1;
    indexes.set(key, index);
    return { ...entry, stack: index };
  });
  return { contexts, stacks, counts, omitted: counts.idle > 0 ? 0 : omitted };
}
