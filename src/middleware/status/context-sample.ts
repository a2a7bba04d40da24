// The contexts that a snapshot shows. Reading a stack means visiting it, 0.04 to 0.1 ms each with nothing else running, and
// a dump has no limit: it visits all or none. So visits are rationed, by what the last one took.

import { type ContextEntry, dumpContexts, type GreenPool } from '../../pool/index.ts';

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
/** A visit that would hold the event loop for longer does not take place. */
const MAX_VISIT_MS = 50;
/** Visits take at most a twentieth of the event loop's time. */
const REST_FACTOR = 19;
/** Where visits are too dear, the last one is shown for so long. */
const MAX_AGE_MS = 30_000;
const FIRST_GUESS_MS = 0.04;
const LEAST_GUESS_MS = 0.03;
const FADE = 0.9;

export class ContextSampler {
  #last: ContextSample | null = null;
  #restUntilMs = 0;
  #lastTookMs = 0;
  #perContextMs = FIRST_GUESS_MS;

  sample(pools: readonly GreenPool[]): ContextSample {
    const startedAtMs = performance.now();
    if (this.#last !== null && startedAtMs < this.#restUntilMs) return this.#last;
    const active = pools.reduce((sum, pool) => sum + pool.stats.active, 0);
    // Spawned contexts belong to no pool: how many there are, only the last visit knows.
    if (Math.max(active * this.#perContextMs, this.#lastTookMs) > MAX_VISIT_MS) {
      this.#fade();
      return this.#last !== null && Date.now() - this.#last.takenAt < MAX_AGE_MS ? this.#last : notVisited(active);
    }
    const entries = dumpContexts().contexts;
    const findings = pools.filter(mayBeStuck).flatMap((pool) => pool.dump().findings);
    const sample = shown(entries);
    const tookMs = performance.now() - startedAtMs;
    this.#restUntilMs = startedAtMs + tookMs * (1 + REST_FACTOR);
    this.#lastTookMs = tookMs;
    const busy = sample.counts.running + sample.counts.waiting;
    if (busy > 0) this.#perContextMs = tookMs / busy;
    this.#last = { ...sample, takenAt: Date.now(), tookMs, findings };
    return this.#last;
  }

  // What was measured on a bad day must not forbid visits for ever.
  #fade(): void {
    this.#lastTookMs *= FADE;
    this.#perContextMs = Math.max(LEAST_GUESS_MS, this.#perContextMs * FADE);
  }
}

// Only such a pool can wait for its own queue: asking the others would visit every stack twice.
function mayBeStuck(pool: GreenPool): boolean {
  const { active, maxWorkers, queued } = pool.stats;
  return active >= maxWorkers && queued > 0;
}

function notVisited(active: number): ContextSample {
  const findings = [
    `${active} contexts are busy, too many to look into from here without holding the event loop. dumpContexts() can.`,
  ];
  const counts = { running: 0, waiting: active, idle: 0 };
  return { takenAt: Date.now(), tookMs: 0, contexts: [], stacks: [], counts, omitted: active, findings };
}

function shown(entries: readonly ContextEntry[]): Pick<ContextSample, 'contexts' | 'stacks' | 'counts' | 'omitted'> {
  const counts = { running: 0, waiting: 0, idle: 0 };
  for (const { state } of entries) counts[state]++;
  const busy = entries.filter(({ state }) => state !== 'idle').sort((a, b) => b.stateMs - a.stateMs);
  const indexes = new Map<string, number>();
  const stacks: (readonly string[])[] = [];
  const contexts = busy.slice(0, MAX_SHOWN).map(({ stack, ...entry }) => {
    const key = stack.join('\n');
    const index = indexes.get(key) ?? stacks.push(stack) - 1;
    indexes.set(key, index);
    return { ...entry, stack: index };
  });
  return { contexts, stacks, counts, omitted: Math.max(0, busy.length - MAX_SHOWN) };
}
