// A table whose columns sort and whose rows open. Rows are kept from snapshot to snapshot: focus, selection and what is
// open survive.

import { element, setChildren, setText } from './dom.js';
import { stackList } from './stack.js';

/** @typedef {{ key: string, frames: readonly string[] }} AnyRow */

/**
 * @template {AnyRow} Row
 */
export class SortedTable {
  #body = element('tbody');
  /** @type {Map<string, TableRow<Row>>} */
  #rows = new Map();
  /** @type {Map<string, HTMLElement>} */
  #heads = new Map();
  /** @type {readonly Row[]} */
  #shown = [];

  /**
   * @param {string} name
   * @param {readonly import('./columns.js').Column<Row>[]} columns
   * @param {(row: Row) => HTMLElement} details
   * @param {string} sortedBy - a column, at first from the largest down
   */
  constructor(name, columns, details, sortedBy) {
    this.columns = columns;
    this.details = details;
    this.sortedBy = sortedBy;
    this.descending = true;
    for (const column of columns) this.#heads.set(column.id, this.#head(column));
    const head = element('thead', {}, element('tr', {}, ...this.#heads.values()));
    this.root = element('table', { class: 'list', 'aria-label': name }, head, this.#body);
    this.#markSorted();
  }

  /** @param {readonly Row[]} rows */
  show(rows) {
    this.#shown = rows;
    const keys = new Set(rows.map(({ key }) => key));
    for (const key of this.#rows.keys()) if (!keys.has(key)) this.#rows.delete(key);
    const made = this.#sorted(rows).map((row) => {
      const line = this.#rows.get(row.key) ?? new TableRow(this.columns, this.details);
      this.#rows.set(row.key, line);
      line.show(row);
      return line;
    });
    setChildren(
      this.#body,
      made.flatMap((line) => line.elements),
    );
  }

  /** @param {readonly Row[]} rows */
  #sorted(rows) {
    const column = this.columns.find(({ id }) => id === this.sortedBy);
    if (column === undefined) return rows;
    const sign = this.descending ? -1 : 1;
    return rows.toSorted((a, b) => sign * compare(column.value(a), column.value(b)));
  }

  /** @param {import('./columns.js').Column<Row>} column */
  #head({ id, title, numeric = false, rare = false }) {
    const button = element('button', { type: 'button' }, title);
    button.addEventListener('click', () => {
      this.descending = this.sortedBy === id ? !this.descending : numeric;
      this.sortedBy = id;
      this.#markSorted();
      this.show(this.#shown);
    });
    return element('th', { scope: 'col', class: classesOf(numeric, rare) }, button);
  }

  #markSorted() {
    for (const [id, head] of this.#heads) {
      if (id === this.sortedBy) head.setAttribute('aria-sort', this.descending ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    }
  }
}

let lastDetailId = 0;

/**
 * @template {AnyRow} Row
 */
class TableRow {
  #detailCell;
  /** @type {HTMLElement[]} */
  #texts;
  #shownFrames = '';
  /** @type {Row | null} */
  #row = null;

  /**
   * @param {readonly import('./columns.js').Column<Row>[]} columns
   * @param {(row: Row) => HTMLElement} details
   */
  constructor(columns, details) {
    this.columns = columns;
    this.details = details;
    const id = `detail-${++lastDetailId}`;
    this.button = element('button', { type: 'button', class: 'open', 'aria-expanded': 'false', 'aria-controls': id });
    this.#texts = columns.map((_column, at) => (at === 0 ? element('span') : element('td')));
    const [first, ...others] = this.#texts;
    this.button.append(/** @type {HTMLElement} */ (first));
    const cells = [element('td', {}, this.button), ...others];
    columns.forEach(({ numeric = false, rare = false, id }, at) => {
      /** @type {HTMLElement} */ (cells[at]).className = `${classesOf(numeric, rare)} col-${id}`;
    });
    this.line = element('tr', { class: 'row' }, ...cells);
    this.line.addEventListener('click', () => {
      if (document.getSelection()?.isCollapsed !== false) this.#toggle(); // not at the end of selecting text
    });
    this.#detailCell = element('td', { colspan: String(columns.length) });
    this.detail = element('tr', { class: 'detail', id }, this.#detailCell);
    this.detail.hidden = true;
  }

  get elements() {
    return [this.line, this.detail];
  }

  /** @param {Row} row */
  show(row) {
    this.#row = row;
    this.columns.forEach((column, at) => {
      setText(/** @type {HTMLElement} */ (this.#texts[at]), column.text(row));
    });
    if (!this.detail.hidden) this.#showDetail(row);
  }

  #toggle() {
    this.detail.hidden = !this.detail.hidden;
    this.button.setAttribute('aria-expanded', String(!this.detail.hidden));
    this.line.classList.toggle('opened', !this.detail.hidden);
    if (!this.detail.hidden && this.#row !== null) this.#showDetail(this.#row);
  }

  /** @param {Row} row */
  #showDetail(row) {
    const frames = row.frames.join('\n');
    const details = this.details(row);
    if (this.#detailCell.childElementCount > 0 && frames === this.#shownFrames) {
      this.#detailCell.firstElementChild?.replaceWith(details); // a selection in the stack stays
      return;
    }
    this.#shownFrames = frames;
    this.#detailCell.replaceChildren(details, stackList(row.frames));
  }
}

/**
 * @param {string | number} a
 * @param {string | number} b
 */
function compare(a, b) {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}

/**
 * @param {boolean} numeric
 * @param {boolean} rare
 */
function classesOf(numeric, rare) {
  return `${numeric ? 'numeric' : 'text'}${rare ? ' rare' : ''}`;
}
