// One pool: how full it is, how fast it works, and how its times are distributed.

import { element, setText } from './dom.js';
import { formatCount, formatMs, formatRate } from './format.js';

/** @typedef {import('./history.js').Counter} Counter */
/** @typedef {import('./history.js').PoolStatus} PoolStatus */
/** @typedef {import('../../../pool/index.ts').TimeDistribution} TimeDistribution */

/** @type {readonly [Counter, string][]} */
const COUNTERS = [
  ['completed', 'Completed'],
  ['failed', 'Failed'],
  ['rejected', 'Rejected'],
  ['cancelled', 'Cancelled'],
];
/** @type {readonly ['queuedMs' | 'ranMs' | 'waitedMs', string][]} */
const DISTRIBUTIONS = [
  ['queuedMs', 'Queued'],
  ['ranMs', 'Ran'],
  ['waitedMs', 'Waited'],
];
/** @type {readonly ('p50' | 'p90' | 'p99' | 'max')[]} */
const PERCENTILES = ['p50', 'p90', 'p99', 'max'];
const NEARLY_FULL = 0.9;

export class PoolCard {
  #badge = element('span', { class: 'badge' });
  #workers = new Meter('active', 'workers');
  #queue = new Meter('queued', 'places in the queue');
  #counters = new Map(COUNTERS.map(([key, title]) => [key, new Rate(title)]));
  #cells = new Map(DISTRIBUTIONS.map(([key]) => [key, PERCENTILES.map(() => element('td'))]));
  #times = element('div', { class: 'times' });

  /**
   * @param {string} name
   * @param {number} color
   */
  constructor(name, color) {
    const title = element('h3', {}, element('span', { class: `swatch series-${color}` }), element('span', {}, name));
    const rates = element('dl', { class: 'rates' }, ...[...this.#counters.values()].map(({ root }) => root));
    this.root = element(
      'article',
      { class: 'card pool', 'aria-label': `Pool ${name}` },
      element('header', {}, title, this.#badge),
      this.#workers.root,
      this.#queue.root,
      rates,
      this.#times,
    );
  }

  /**
   * @param {PoolStatus} pool
   * @param {(counter: Counter) => number | null} rate
   */
  show(pool, rate) {
    this.#workers.show(pool.active, pool.maxWorkers, `peak ${formatCount(pool.peak)}`, pool.peak);
    this.#queue.show(pool.queued, pool.maxQueue, pool.maxQueue === null ? 'no limit' : '', null);
    setText(this.#badge, badgeOf(pool));
    for (const [key, counter] of this.#counters) counter.show(rate(key), pool[key]);
    this.#showTimes(pool);
  }

  /** @param {PoolStatus} pool */
  #showTimes(pool) {
    if (pool.queuedMs === undefined) {
      if (this.#times.childElementCount > 0) return;
      const option = element('code', {}, 'histograms: true');
      this.#times.append(element('p', { class: 'hint' }, 'The pool option ', option, ' shows its times here.'));
      return;
    }
    for (const [key] of DISTRIBUTIONS) {
      const distribution = /** @type {TimeDistribution} */ (pool[key]);
      const cells = /** @type {HTMLElement[]} */ (this.#cells.get(key));
      PERCENTILES.forEach((percentile, at) => {
        setText(
          /** @type {HTMLElement} */ (cells[at]),
          distribution.count === 0 ? '–' : formatMs(distribution[percentile]),
        );
      });
    }
    if (this.#times.childElementCount === 0) this.#times.append(this.#table());
  }

  #table() {
    const head = ['Times', ...PERCENTILES].map((text) => element('th', { scope: 'col' }, text));
    const rows = DISTRIBUTIONS.map(([key, title]) =>
      element('tr', {}, element('th', { scope: 'row' }, title), ...(this.#cells.get(key) ?? [])),
    );
    return element('table', {}, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...rows));
  }
}

/** @param {PoolStatus} pool */
function badgeOf({ closed, queued, active, maxWorkers, maxQueue }) {
  if (closed) return 'Closing';
  if (active < maxWorkers) return '';
  return queued >= (maxQueue ?? Number.POSITIVE_INFINITY) ? 'Full' : 'All busy';
}

class Meter {
  #value = element('b');
  #of = element('span', { class: 'of' });
  #note = element('span', { class: 'note' });
  #fill = element('span', { class: 'fill' });
  #mark = element('span', { class: 'mark' });
  #track;

  /**
   * @param {string} what
   * @param {string} places
   */
  constructor(what, places) {
    this.what = what;
    const line = element('p', {}, this.#value, this.#of, element('span', {}, what), this.#note);
    this.#track = element('div', { class: 'track', role: 'meter', 'aria-label': places }, this.#fill, this.#mark);
    this.root = element('div', { class: `meter ${what}` }, line, this.#track);
  }

  /**
   * @param {number} value
   * @param {number | null} limit
   * @param {string} note
   * @param {number | null} mark
   */
  show(value, limit, note, mark) {
    setText(this.#value, formatCount(value));
    setText(this.#of, limit === null ? '' : `/ ${formatCount(limit)}`);
    this.#of.hidden = limit === null;
    this.#track.hidden = limit === null;
    setText(this.#note, note);
    const share = (/** @type {number} */ n) => (limit === null || limit === 0 ? 0 : Math.min(1, n / limit));
    this.#fill.style.width = `${share(value) * 100}%`;
    this.#fill.classList.toggle('high', share(value) >= NEARLY_FULL);
    this.#mark.hidden = mark === null || mark === 0;
    this.#mark.style.left = `${share(mark ?? 0) * 100}%`;
    this.#track.setAttribute('aria-valuenow', String(value));
    this.#track.setAttribute('aria-valuemax', String(Math.max(limit ?? value, value, 1)));
    this.#track.setAttribute('aria-valuetext', `${value}${limit === null ? '' : ` of ${limit}`} ${this.what}`);
  }
}

class Rate {
  #rate = element('dd', { class: 'rate' });
  #total = element('dd', { class: 'total' });

  /** @param {string} title */
  constructor(title) {
    this.root = element('div', { class: title.toLowerCase() }, element('dt', {}, title), this.#rate, this.#total);
  }

  /**
   * @param {number | null} perSecond
   * @param {number} total
   */
  show(perSecond, total) {
    setText(this.#rate, formatRate(perSecond));
    setText(this.#total, `${formatCount(total)} in all`);
    this.root.classList.toggle('moving', (perSecond ?? 0) > 0);
  }
}
