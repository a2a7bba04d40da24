// The four charts, and which numbers they draw.

import { Chart } from './chart.js';
import { byId } from './dom.js';
import { formatMs, formatNumber, formatRate } from './format.js';

/** @typedef {import('./history.js').History} History */
/** @typedef {import('./history.js').Moment} Moment */
/** @typedef {import('./history.js').PoolStatus} PoolStatus */

const COLORS = 8;
/** A young page is not drawn as a sliver. */
const LEAST_SPAN_MS = 60_000;

/** @param {number} index */
export function colorOf(index) {
  return index % COLORS;
}

export class Charts {
  #active = new Chart('Active workers', formatNumber, 2);
  #queued = new Chart('Queued tasks', formatNumber, 2);
  #completed = new Chart('Completed', formatRate, 2);
  #delay = new Chart('Event loop delay', formatMs, 2);

  constructor() {
    byId('charts').append(this.#active.root, this.#queued.root, this.#completed.root, this.#delay.root);
  }

  /**
   * @param {History} history
   * @param {number} intervalMs
   */
  show(history, intervalMs) {
    const { moments } = history;
    const last = moments.at(-1);
    if (last === undefined) return;
    const ageMs = last.at - /** @type {Moment} */ (moments[0]).at;
    const time = { now: last.at, spanMs: Math.max(LEAST_SPAN_MS, ageMs), intervalMs };
    const names = [...last.pools.keys()];
    const perPool = (/** @type {(moment: Moment, name: string, index: number) => number | null} */ read) =>
      names.map((name, at) => ({
        name,
        color: colorOf(at),
        points: moments.map((moment, index) => ({ at: moment.at, value: read(moment, name, index) })),
      }));
    const delay = (/** @type {'p99' | 'p50'} */ key) =>
      moments.map(({ at, delay }) => ({ at, value: delay?.[key] ?? null }));

    this.#active.show(
      perPool(({ pools }, name) => pools.get(name)?.active ?? null),
      time,
    );
    this.#queued.show(
      perPool(({ pools }, name) => pools.get(name)?.queued ?? null),
      time,
    );
    this.#completed.show(
      perPool((_moment, name, index) => history.rate(name, 'completed', index, intervalMs / 2)),
      time,
    );
    this.#delay.show(
      [
        { name: 'p99', color: 2, points: delay('p99') },
        { name: 'median', color: 1, points: delay('p50') },
      ],
      time,
    );
  }
}
