// What the charts draw: the snapshots of the last three minutes, cut down to numbers, and the rates between them.

/** @typedef {import('../snapshot.ts').StatusSnapshot} StatusSnapshot */
/** @typedef {import('../snapshot.ts').PoolStatus} PoolStatus */
/** @typedef {'completed' | 'failed' | 'rejected' | 'cancelled'} Counter */
/** @typedef {{ at: number, pools: Map<string, PoolStatus>, delay: import('../process-facts.ts').LoopDelay | null }} Moment */

const SPAN_MS = 180_000;
const RATE_WINDOW_MS = 5000;

/**
 * Pools by a name of their own: two may be called the same.
 *
 * @param {readonly PoolStatus[]} pools
 * @returns {Map<string, PoolStatus>}
 */
export function byName(pools) {
  /** @type {Map<string, PoolStatus>} */
  const named = new Map();
  for (const pool of pools) {
    const name = pool.name ?? 'pool';
    let unique = name;
    for (let n = 2; named.has(unique); n++) unique = `${name} (${n})`;
    named.set(unique, pool);
  }
  return named;
}

export class History {
  /** @type {Moment[]} */
  moments = [];

  /** @param {StatusSnapshot} snapshot */
  add({ at, pools, process }) {
    const last = this.moments.at(-1);
    if (last !== undefined && at <= last.at) return; // the first frame after a reconnection may be an old one
    this.moments.push({ at, pools: byName(pools), delay: process.loopDelayMs });
    while (/** @type {Moment} */ (this.moments[0]).at < at - SPAN_MS) this.moments.shift();
  }

  /**
   * How much a counter grew per second, from the moment `windowMs` before the one at `index`; null while unknown, or if
   * the server has begun anew.
   *
   * @param {string} pool
   * @param {Counter} counter
   * @param {number} [index]
   * @param {number} [windowMs]
   * @returns {number | null}
   */
  rate(pool, counter, index = this.moments.length - 1, windowMs = RATE_WINDOW_MS) {
    const to = this.moments[index];
    let first = index;
    while (first > 0 && to !== undefined && to.at - /** @type {Moment} */ (this.moments[first]).at < windowMs) first--;
    const from = this.moments[first];
    const before = from?.pools.get(pool)?.[counter];
    const after = to?.pools.get(pool)?.[counter];
    if (from === undefined || to === undefined || from === to || before === undefined || after === undefined)
      return null;
    return after < before ? null : ((after - before) * 1000) / (to.at - from.at);
  }
}
