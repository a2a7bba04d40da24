// One line chart of the last three minutes, in SVG so that the colours follow the theme.

import { element, setChildren, setText, svg } from './dom.js';
import { formatSeconds } from './format.js';

/** @typedef {{ name: string, color: number, points: readonly { at: number, value: number | null }[] }} Series */

const HEIGHT = 132;
const TOP = 8;
const BOTTOM = 20;
const LEFT = 52;
const RIGHT = 8;
const TICKS = 2;
/** A longer pause between two points is drawn as a gap. */
const GAP_INTERVALS = 4;

export class Chart {
  #legend = element('ul', { class: 'legend' });
  #svg = svg('svg', { role: 'img', height: HEIGHT });
  #when = element('span', { class: 'when' });
  /** @type {Map<string, { item: HTMLElement, value: HTMLElement }>} */
  #items = new Map();
  /** @type {readonly Series[]} */
  #series = [];
  #now = 0;
  #span = 1;
  #intervalMs = 1000;
  #width = 0;
  /** @type {number | null} */
  #pointerX = null;

  /**
   * @param {string} title
   * @param {(value: number) => string} format
   * @param {number} least - the scale reaches at least so far
   */
  constructor(title, format, least) {
    this.title = title;
    this.format = format;
    this.least = least;
    const head = element('figcaption', {}, element('h3', {}, title), this.#when);
    this.root = element('figure', { class: 'card chart' }, head, this.#svg, this.#legend);
    new ResizeObserver(([entry]) => {
      this.#width = Math.floor(entry?.contentRect.width ?? 0);
      this.#draw();
    }).observe(this.#svg);
    this.#svg.addEventListener('pointermove', (event) => this.#point(event.offsetX));
    this.#svg.addEventListener('pointerleave', () => this.#point(null));
  }

  /**
   * @param {readonly Series[]} series
   * @param {{ now: number, spanMs: number, intervalMs: number }} time - `now` in Unix milliseconds
   */
  show(series, { now, spanMs, intervalMs }) {
    this.#series = series;
    this.#now = now;
    this.#span = spanMs;
    this.#intervalMs = intervalMs;
    this.#draw();
  }

  /** @param {number | null} x */
  #point(x) {
    this.#pointerX = x;
    this.#draw();
  }

  #draw() {
    if (this.#width <= LEFT + RIGHT) return;
    const top = niceTop(
      Math.max(this.least, ...this.#series.flatMap(({ points }) => points.map(({ value }) => value ?? 0))),
    );
    const x = (/** @type {number} */ at) => LEFT + (1 - (this.#now - at) / this.#span) * (this.#width - LEFT - RIGHT);
    const y = (/** @type {number} */ value) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
    const lines = this.#series.map((each) => this.#line(each, x, y));
    this.#svg.setAttribute('width', '100%');
    this.#svg.replaceChildren(...this.#grid(top, y), ...lines, ...this.#cursor(x, y));
    this.#showLegend();
  }

  /**
   * @param {number} top
   * @param {(value: number) => number} y
   */
  #grid(top, y) {
    const made = [];
    for (let tick = 0; tick <= TICKS; tick++) {
      const value = (top * tick) / TICKS;
      made.push(svg('line', { class: 'grid', x1: LEFT, x2: this.#width - RIGHT, y1: y(value), y2: y(value) }));
      made.push(label(LEFT - 6, y(value) + 4, 'end', this.format(value).replace('.0 ', ' ')));
    }
    made.push(
      label(LEFT, HEIGHT - 3, 'start', `${formatSeconds(this.#span / 1000)} ago`),
      label(this.#width - RIGHT, HEIGHT - 3, 'end', 'now'),
    );
    return made;
  }

  /**
   * @param {Series} series
   * @param {(at: number) => number} x
   * @param {(value: number) => number} y
   */
  #line({ points, color }, x, y) {
    let path = '';
    let lastAt = Number.NEGATIVE_INFINITY;
    for (const { at, value } of points) {
      if (value === null) continue;
      path += `${at - lastAt > GAP_INTERVALS * this.#intervalMs ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
      lastAt = at;
    }
    return svg('path', { class: `line series-${color}`, d: path });
  }

  /**
   * @param {(at: number) => number} x
   * @param {(value: number) => number} y
   */
  #cursor(x, y) {
    const at = this.#pointedAt();
    if (at === null) return [];
    const dots = this.#series.flatMap(({ color, points }) => {
      const value = points.find((point) => point.at === at)?.value ?? null;
      return value === null ? [] : [svg('circle', { class: `series-${color}`, cx: x(at), cy: y(value), r: 3.5 })];
    });
    return [svg('line', { class: 'cursor', x1: x(at), x2: x(at), y1: TOP, y2: HEIGHT - BOTTOM }), ...dots];
  }

  /** The moment nearest to the pointer. @returns {number | null} */
  #pointedAt() {
    if (this.#pointerX === null) return null;
    const wanted = this.#now - (1 - (this.#pointerX - LEFT) / (this.#width - LEFT - RIGHT)) * this.#span;
    const times = this.#series[0]?.points.map(({ at }) => at) ?? [];
    return times.reduce((/** @type {number | null} */ best, at) => {
      return best === null || Math.abs(at - wanted) < Math.abs(best - wanted) ? at : best;
    }, null);
  }

  #showLegend() {
    const at = this.#pointedAt();
    const texts = this.#series.map(({ name, color, points }) => {
      const point = at === null ? points.at(-1) : points.find((each) => each.at === at);
      const text = point === undefined || point.value === null ? '–' : this.format(point.value);
      setText(this.#item(name, color).value, text);
      return `${name} ${text}`;
    });
    setChildren(
      this.#legend,
      this.#series.map(({ name, color }) => this.#item(name, color).item),
    );
    setText(this.#when, at === null ? '' : `${formatSeconds((this.#now - at) / 1000)} ago`);
    if (at === null) this.#svg.setAttribute('aria-label', `${this.title}, now: ${texts.join(', ') || 'nothing yet'}`);
  }

  /**
   * @param {string} name
   * @param {number} color
   */
  #item(name, color) {
    const known = this.#items.get(name);
    if (known !== undefined) return known;
    const value = element('span', { class: 'value' });
    const swatch = element('span', { class: `swatch series-${color}` });
    const made = { item: element('li', {}, swatch, element('span', { class: 'name' }, name), value), value };
    this.#items.set(name, made);
    return made;
  }
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} anchor
 * @param {string} text
 */
function label(x, y, anchor, text) {
  const made = svg('text', { class: 'tick', x, y, 'text-anchor': anchor });
  made.textContent = text;
  return made;
}

/**
 * The next of 1, 2, 4, 6, 8, 10, 20, 40 …: its half is a round number, too.
 *
 * @param {number} value
 */
function niceTop(value) {
  const decade = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 4, 6, 8, 10].find((each) => each * decade >= value) ?? 10;
  return step * decade;
}
